package market

import (
	"errors"
	"fmt"
)

// Linked is an entry with the exits that protect it, or exits alone that exclude each
// other (semantics X10). Exits name no quantity where they take that of the entry.
type Linked struct {
	Entry   Order // its Type is 0 where the position is there already
	Exits   []Order
	Profile Profile
}

// OCO returns two exits of a position, as a list of the venue: one cancels the other.
func OCO(a, b Order) Linked { return Linked{Exits: []Order{a, b}, Profile: ByVenue} }

// OTO returns an entry, a limit order that rests, with one exit, as a list of the venue:
// the exit appears once the entry has filled whole.
func OTO(entry, exit Order) Linked {
	return Linked{Entry: entry, Exits: []Order{exit}, Profile: ByVenue}
}

// Bracket returns an entry with a stop and a target, kept by our engine: they protect
// whatever part of the entry has filled. See [ByVenue] for the list of a venue.
func Bracket(entry, stop, target Order) Linked {
	return Linked{Entry: entry, Exits: []Order{stop, target}, Profile: ByEngine}
}

// Validate reports what makes linked orders meaningless, whatever the instrument.
func (l *Linked) Validate() error {
	entered := l.Entry.Type != 0
	switch {
	case l.Profile != ByVenue && l.Profile != ByEngine:
		return fmt.Errorf("linked orders need a profile: ByVenue or ByEngine")
	case len(l.Exits) == 0 || len(l.Exits) > 2:
		return fmt.Errorf("linked orders with %d exits: one or two", len(l.Exits))
	case !entered && len(l.Exits) < 2:
		return fmt.Errorf("one exit alone is not linked to anything: submit it by itself")
	}
	if entered {
		if err := l.Entry.Validate(); err != nil {
			return fmt.Errorf("entry: %w", err)
		}
	}
	for k := range l.Exits {
		x, first := &l.Exits[k], &l.Exits[0]
		if err := x.Validate(); err != nil {
			return fmt.Errorf("exit %d: %w", k+1, err)
		}
		switch {
		case x.Side != first.Side || x.Instrument != first.Instrument:
			return fmt.Errorf("exits of different sides or instruments")
		case entered && (x.Side == l.Entry.Side || x.Instrument != l.Entry.Instrument):
			return fmt.Errorf("exit %d does not close what the entry opens", k+1)
		case !entered && x.Quantity.IsZero():
			return fmt.Errorf("exit %d names no quantity, and there is no entry to take it from", k+1)
		case x.Type == Market:
			return fmt.Errorf("exit %d is a market order, which does not wait", k+1)
		case x.TIF == IOC || x.TIF == FOK:
			return fmt.Errorf("exit %d is %s, which does not wait", k+1, x.TIF)
		}
	}
	return l.listed()
}

// listed reports what the venue's own lists never take, before the venue says so in
// fewer words.
func (l *Linked) listed() error {
	e := &l.Entry
	switch {
	case l.Profile != ByVenue:
		return nil
	case e.Type != 0 && (e.Type != Limit || e.TIF == IOC || e.TIF == FOK):
		return errors.New("the entry of a venue's list must be a limit order that rests (gtc or gtd): use ByEngine")
	case len(l.Exits) == 2 && l.Exits[0].Protects() == l.Exits[1].Protects():
		return errors.New("of the two exits of a venue's list one must be a stop, stop-limit or trailing stop, and the other a limit or take-profit order: use ByEngine")
	}
	return nil
}
