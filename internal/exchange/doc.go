// Package exchange is where a need meets an offer and becomes a service that leaves a toolbox entry
// behind.
//
// A Kind says as data what is exchanged: the forms of both sides, the lists they choose from, the hard
// conditions, the steps an engagement goes through. A Need and an Offer are one filled form each. A Case
// is a need with the engagements that came of it, and is the unit one transaction changes. A Tool is what
// was learned, found by the next one with a similar need.
//
// The service decides who may do what, with an explicit actor; the store keeps; the web shows.
package exchange
