package hall

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
)

// Purpose is what a challenge is good for. One that was made for another proves nothing.
type Purpose string

// Challenge is something asked of whoever wants to prove who they are: the code that was sent to a telephone, the
// signature of a passkey, the answer of a directory.
type Challenge struct {
	ID       string // the SHA-256 of the token that only the asking browser has
	PersonID string // who it is about; "" for nobody, and then it is never met
	Purpose  Purpose
	Secret   string // what an answer is compared with; nothing can be told from it without the token
	Data     string // what the asker needs to go on
	Phone    Phone  // the number that it is about, where that is not the person's own; sealed in the store
	Tries    int    // wrong answers so far
	Created  time.Time
	Expires  time.Time
}

// Challenges keeps what was asked and is not answered yet.
type Challenges interface {
	AddChallenge(ctx context.Context, c Challenge) error
	// TryChallenge runs fn on the challenge, and keeps what it returns or, when gone, forgets it. Calls for one challenge do
	// not overlap, so that one answer meets it. fn may run twice and has no effects but its own.
	TryChallenge(ctx context.Context, id string, fn func(Challenge) (left Challenge, gone bool)) error
	// TrimChallenges forgets those that expired before now and says how many.
	TrimChallenges(ctx context.Context, now time.Time) (int, error)
}

// newToken makes a token, which nobody can guess, and the id of its challenge.
func newToken() (token, challengeID string) {
	token = rand.Text()
	return token, challengeOf(token)
}

func challengeOf(token string) string { return digest("challenge", token) }

// digest is a hash of parts that cannot be moved from one to the next.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte{byte(len(p) >> 8), byte(len(p))})
		h.Write([]byte(p))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// mostTries is how many wrong answers a challenge takes.
const mostTries = 5

// challenge keeps a new one and gives its token.
func (s *Service) challenge(ctx context.Context, c Challenge, life time.Duration) (token string, err error) {
	return s.challengeWith(ctx, c, life, func(string) string { return "" })
}

// challengeWith is challenge for one whose secret depends on the token.
func (s *Service) challengeWith(ctx context.Context, c Challenge, life time.Duration, secret func(token string) string) (token string, err error) {
	token, c.ID = newToken()
	c.Secret, c.Created = secret(token), s.clock.Now()
	c.Expires = c.Created.Add(life)
	return token, s.store.AddChallenge(ctx, c)
}

// meet gives the challenge behind the token if it is for the purpose and right says that the answer is. It is met once,
// but for CodePhone; a wrong answer counts as a try. What is not met, for whatever reason, is not ok.
func (s *Service) meet(ctx context.Context, purpose Purpose, token string, right func(Challenge) bool) (met Challenge, ok bool, err error) {
	now := s.clock.Now()
	err = s.store.TryChallenge(ctx, challengeOf(token), func(c Challenge) (Challenge, bool) {
		met, ok = c, false
		if !now.Before(c.Expires) || c.Tries >= mostTries {
			return c, true
		}
		if c.Purpose != purpose {
			return c, false
		}
		if ok = right(c); ok {
			return c, purpose != CodePhone // see there
		}
		c.Tries++
		return c, c.Tries >= mostTries
	})
	if fault.Is(err, fault.NotFound) {
		return Challenge{}, false, nil
	}
	return met, ok && err == nil, err
}

// look gives a challenge that could still be met, and leaves it as it is.
func (s *Service) look(ctx context.Context, purpose Purpose, token string) (seen Challenge, ok bool, err error) {
	now := s.clock.Now()
	err = s.store.TryChallenge(ctx, challengeOf(token), func(c Challenge) (Challenge, bool) {
		seen, ok = c, c.Purpose == purpose && now.Before(c.Expires) && c.Tries < mostTries
		return c, false
	})
	if fault.Is(err, fault.NotFound) {
		return Challenge{}, false, nil
	}
	return seen, ok && err == nil, err
}
