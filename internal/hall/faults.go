package hall

import "github.com/unionhall/unionhall/internal/fault"

// What a store answers when a unique value is taken, and other faults that callers tell apart.
var (
	TakenCode    = fault.New(fault.Conflict, "hall.fault.taken-code")
	TakenPhone   = fault.New(fault.Conflict, "hall.fault.taken-phone")
	TakenEmail   = fault.New(fault.Conflict, "hall.fault.taken-email")
	TakenLicence = fault.New(fault.Conflict, "hall.fault.taken-licence")
	TakenContact = fault.New(fault.Conflict, "hall.fault.taken-contact")
	TakenMaster  = fault.New(fault.Conflict, "hall.fault.taken-master")
	TakenGrant   = fault.New(fault.Conflict, "hall.fault.taken-grant")

	// EnterpriseBusy keeps an enterprise open while something is under way for it.
	EnterpriseBusy = fault.New(fault.Conflict, "hall.fault.enterprise-busy")
	// EnterpriseClosed is the answer to what only an enterprise in business can have.
	EnterpriseClosed = fault.New(fault.Conflict, "hall.fault.enterprise-closed")

	// ErrFounded is the answer of Found on a store that is not empty.
	ErrFounded = fault.New(fault.Conflict, "hall.fault.founded")
	// BadSignIn never says which of the two was wrong.
	BadSignIn    = fault.New(fault.Unauthenticated, "hall.fault.sign-in")
	TakenPasskey = fault.New(fault.Conflict, "hall.fault.taken-passkey")

	// TooManyPasskeys keeps lists short enough to be read.
	TooManyPasskeys = fault.New(fault.Conflict, "hall.fault.many-passkeys", "max", MaxPasskeys)
	// BadPasskey is a signature that proves nothing here.
	BadPasskey = fault.New(fault.Unauthenticated, "hall.fault.passkey")
	// BadDirectory is an answer of the directory that proves nothing, or is not to this attempt.
	BadDirectory = fault.New(fault.Unauthenticated, "hall.fault.directory")
	// NotKnown is somebody whom the directory knows and the hall does not.
	NotKnown = fault.New(fault.Unauthenticated, "hall.fault.not-known")
	// BadCode is a one-time code that is wrong, used, or too old, or one that was never sent.
	BadCode = fault.New(fault.Unauthenticated, "hall.fault.one-time-code")
	// PhoneHeld is the answer to somebody who has proved a number with which another account signs in.
	PhoneHeld = fault.New(fault.Conflict, "hall.fault.phone-held")
	// LastGrant keeps officers from locking themselves out.
	LastGrant = fault.New(fault.Conflict, "hall.fault.last-grant")
)
