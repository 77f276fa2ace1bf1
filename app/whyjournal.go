package app

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// whyOfJournal finds an order in the journal of a session, which may still run.
func (c *command) whyOfJournal(path string, id market.OrderID) (*why, error) {
	r, err := store.OpenJournal(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &market.Error{Class: market.Usage, Where: path, Err: errors.New("there is no such journal")}
	}
	if err != nil {
		return nil, err
	}
	s := journalSearch{id: id, symbols: r.Header().Symbols, made: made{}, at: map[market.OrderID]int{}}
	for records, err := range r.Instants() {
		if err != nil {
			return nil, err
		}
		for i := range records {
			s.record(&records[i])
		}
	}
	if r.Lost() > 0 {
		c.note("left out: the last %s of %s, no whole record: being written, or cut short by a crash", plural(int(r.Lost()), "byte"), path)
	}
	if s.decision == nil {
		return nil, s.made.unknown(path, id)
	}
	w := newWhy(path, s.orders[s.at[id]])
	w.decided(s.decision.Checks, s.decision.Inputs, s.decision.Refused)
	w.link(s.orders)
	w.Events = append(w.Events, s.events...)
	return w, nil
}

// journalSearch collects the orders of one strategy, and all about one of them.
type journalSearch struct {
	id       market.OrderID
	symbols  []string
	made     made
	orders   []whyOrder // of the strategy
	at       map[market.OrderID]int
	decision *market.Decision
	events   []whyEvent
}

func (s *journalSearch) record(r *market.Record) {
	switch {
	case r.Kind == market.RecordDecision:
		s.decide(r.Decision)
	case r.Kind == market.RecordEvent && r.Event.Update != nil:
		s.update(r.Event.Update)
	}
}

// decide takes a decision: an order, or what was asked of one later.
func (s *journalSearch) decide(d *market.Decision) {
	id := d.Order.ID
	if d.Action == market.Submit {
		s.made.add(id)
		if id.Strategy != s.id.Strategy {
			return
		}
		s.at[id] = len(s.orders)
		s.orders = append(s.orders, s.order(d))
	}
	switch {
	case id != s.id:
	case d.Action == market.Submit:
		s.decision = d
	case d.Action == market.Amend:
		s.events = append(s.events, whyEvent{Time: d.Time, What: "amend asked", Reason: fmt.Sprintf("to %s at %s", d.Order.Quantity, d.Order.Price)})
	default:
		s.events = append(s.events, whyEvent{Time: d.Time, What: d.Action.String() + " asked"})
	}
}

func (s *journalSearch) order(d *market.Decision) whyOrder {
	o := &d.Order
	w := whyOrder{
		ID: o.ID.String(), Time: d.Time, Side: o.Side.String(), Type: o.Type.String(), Quantity: o.Quantity, Quote: o.Quote,
		Price: o.Price, Stop: o.Stop, Reason: o.Reason, Parent: o.Parent.String(), Group: o.Group, Replaces: o.Replaces.String(),
		PostOnly: o.PostOnly, ReduceOnly: o.ReduceOnly, Status: market.Pending.String(),
	}
	if i := int(o.Instrument); i >= 0 && i < len(s.symbols) {
		w.Symbol = s.symbols[i]
	}
	if o.Profile != market.Unlinked {
		w.Profile = o.Profile.String()
	}
	if o.Type == market.TrailingStop {
		w.Trail, w.Activate = o.Trail.By.String()+" "+o.Trail.Unit.String(), o.Trail.Activate
	}
	if o.TIF != market.GTC {
		w.TIF, w.Expire = o.TIF.String(), o.Expire
	}
	if d.Refused != nil {
		w.Status, w.Ended = market.Refused.String(), d.Refused.Error()
	}
	return w
}

// update takes what became of an order.
func (s *journalSearch) update(u *market.OrderUpdate) {
	k, ours := s.at[u.ID]
	if !ours {
		return
	}
	o := &s.orders[k]
	o.Status = u.State.String()
	if u.State.Final() && u.State != market.Filled {
		o.Ended = u.Reason
	}
	if u.ID != s.id {
		return
	}
	e := whyEvent{Time: u.Time, What: u.State.String(), Reason: u.Reason}
	if f := u.Fill; f != nil {
		e.Fill = &backtest.FillLine{Time: f.Time, Price: f.Price, Quantity: f.Quantity, Fee: f.Fee, FeeAsset: f.FeeAsset, Maker: f.Maker}
	}
	s.events = append(s.events, e)
}
