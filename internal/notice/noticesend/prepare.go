package noticesend

import (
	"cmp"
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/notice"
)

// job is what is about to be sent: a letter with one line for each delivery.
type job struct {
	ds      []notice.Delivery
	letter  Letter
	gateway Gateway
	door    *door
}

// prepare writes the letter and leaves out what has become pointless. All that can fail without a gateway fails here,
// before anything is noted as being sent.
func (s *Sender) prepare(ctx context.Context, ds []notice.Delivery) (j job, err error) {
	if len(ds) == 0 {
		return j, nil
	}
	who := ds[0].PersonID
	known, err := s.Contact(ctx, who)
	if fault.Is(err, fault.NotFound) {
		return j, s.leave(ctx, ds, "nobody")
	}
	if err != nil {
		return j, err
	}
	if known.Objected && ds[0].Msg != notice.MsgConfirm {
		return j, s.leave(ctx, ds, "objected")
	}
	j.letter.Lang = cmp.Or(known.Lang, "zh") // who has never chosen a language
	way := ds[0].Way
	switch way {
	case notice.Text:
		j.letter.To = known.Phone
	default:
		to, err := s.address(ctx, ds[0])
		if err != nil {
			return j, err
		}
		j.letter.To = to
	}
	if j.letter.To == "" {
		return j, s.leave(ctx, ds, "no address")
	}
	if way == notice.Digest {
		way = notice.Mail
	}
	j.gateway, j.door = s.Gateways[way], s.shut[way]
	if ds[0].Msg == notice.MsgConfirm {
		j.ds, j.letter.Asks = ds, true
		j.letter.Lines = []Line{{Link: s.letterLink(notice.LinkConfirm, ds[0])}}
		return j, nil
	}
	if way == notice.Mail {
		j.letter.Stop = s.letterLink(notice.LinkStop, ds[0])
	}
	return j, s.fill(ctx, &j, ds)
}

// address gives where a letter goes, "" when it is no longer to be used.
func (s *Sender) address(ctx context.Context, d notice.Delivery) (string, error) {
	all, err := s.Store.Addresses(ctx, []string{d.PersonID})
	if err != nil {
		return "", err
	}
	want := notice.AddressActive
	if d.Msg == notice.MsgConfirm {
		want = notice.AddressNew
	}
	for _, a := range all[d.PersonID] {
		if a.ID == d.AddressID && a.State == want {
			return a.Value, nil
		}
	}
	return "", nil
}

// fill writes the lines: not of what has been read since, and not of what is no longer wanted this way or at this hour.
func (s *Sender) fill(ctx context.Context, j *job, ds []notice.Delivery) error {
	who, now := ds[0].PersonID, s.Clock.Now()
	chosen, err := s.Store.Choices(ctx, []string{who})
	if err != nil {
		return err
	}
	c, ok := chosen[who]
	if !ok {
		c = notice.Default()
	}
	for _, d := range ds {
		if c.Way(notice.KindOf(d.Msg)) != d.Way {
			if err := s.leave(ctx, []notice.Delivery{d}, "no longer wanted"); err != nil {
				return err
			}
			continue
		}
		if at := c.After(notice.KindOf(d.Msg), now); d.Way != notice.Digest && at.After(now) {
			if err := s.postpone(ctx, []notice.Delivery{d}, at); err != nil {
				return err
			}
			continue
		}
		it, err := s.Items.Item(ctx, who, d.ItemID)
		if fault.Is(err, fault.NotFound) || (err == nil && !it.Unread()) {
			if err := s.leave(ctx, []notice.Delivery{d}, "read"); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		j.ds = append(j.ds, d)
		j.letter.Lines = append(j.letter.Lines, Line{Kind: notice.KindOf(d.Msg), Text: s.Text(j.letter.Lang, it), Link: s.link(it.Link)})
	}
	if len(j.ds) > 0 && ds[0].Way == notice.Text {
		return s.cap(ctx, j, now)
	}
	return nil
}

// cap leaves out a text message beyond what one person gets in a day.
func (s *Sender) cap(ctx context.Context, j *job, now time.Time) error {
	n, err := s.Store.Begun(ctx, j.ds[0].PersonID, notice.Text, now.Add(-24*time.Hour))
	if err != nil || n < s.TextsDay {
		return err
	}
	ds := j.ds
	j.ds = nil
	return s.leave(ctx, ds, "too many in a day")
}

// leave drops what still waits.
func (s *Sender) leave(ctx context.Context, ds []notice.Delivery, why string) error {
	for i := range ds {
		ds[i].State, ds[i].Why = notice.Dropped, why
	}
	return s.Store.Settle(ctx, ds, "")
}

func (s *Sender) postpone(ctx context.Context, ds []notice.Delivery, at time.Time) error {
	for i := range ds {
		ds[i].DueAt = at
	}
	return s.Store.Settle(ctx, ds, "")
}

// letterLink answers for the address of a letter. The token stands in the query, which no log keeps.
func (s *Sender) letterLink(what string, d notice.Delivery) string {
	return s.link("/notices/letters/" + what + "?letter=" + notice.Token(s.Mark, what, d.PersonID, d.AddressID))
}

func (s *Sender) link(path string) string { return s.BaseURL + path }
