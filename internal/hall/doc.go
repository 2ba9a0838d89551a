// Package hall knows the federation: the tree of unions, the people in it and how they sign in, the
// officers, the enterprises and the masters. The service decides who may do what, with an explicit
// actor; the store keeps; the web shows.
package hall
