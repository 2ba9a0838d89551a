package hall

import "github.com/unionhall/unionhall/internal/memo"

// Share says that other processes serve the same people. A request may come to one process and the next to another, so
// that sessions are read anew for each: what the one has put into a session, a sign-in or a fresh proof, the other must
// not overwrite with what it remembers. To be called before anything is served.
func (s *Service) Share() { s.sessions = memo.New[Session](s.clock.Now, 0, 1) }
