package demo

// PhonePrefix begins every number of the demonstration; four digits follow the fifth block of accounts and
// people. See the package comment for why 154.
const PhonePrefix = "154000"

// accountsPhones is how many of the first numbers are kept for the accounts that are introduced by name.
const accountPhones = 100

// phone gives the number of the nth person.
func phone(n int) string { return sprint("%s%05d", PhonePrefix, n) }
