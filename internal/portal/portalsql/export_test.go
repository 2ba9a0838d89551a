package portalsql

var DueQuery = dueQuery
