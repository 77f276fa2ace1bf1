package app

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// checkCalls compares the server's own count with the budget, in every month and in every
// 60 seconds.
func (m *virtualMonth) checkCalls() {
	months := map[string]int{}
	for i, c := range m.calls {
		m.seen["call"]++
		switch {
		case c.Status == http.StatusTooManyRequests:
			m.seen["429"]++
		case c.Status == http.StatusNotFound:
			m.seen["404"]++
		case c.Status >= 500:
			m.seen["5xx"]++
		}
		if months[c.Time.Format("2006-01")]++; months[c.Time.Format("2006-01")] > m.limits.Month {
			m.t.Errorf("call %d of %s at %s: the budget is %d", months[c.Time.Format("2006-01")], c.Time.Format("2006-01"), c.Time, m.limits.Month)
		}
		if i >= m.limits.Minute && c.Time.Sub(m.calls[i-m.limits.Minute].Time) < time.Minute {
			for _, c := range m.calls[max(0, i-12) : i+1] {
				m.t.Logf("%s %s %d charged %t", c.Time, c.Endpoint, c.Status, c.Charged)
			}
			m.t.Errorf("%d calls in the minute before %s: the budget is %d", m.limits.Minute+1, c.Time, m.limits.Minute)
		}
	}
}

// story is what must be the same in a second run.
func (m *virtualMonth) story() string {
	text, err := os.ReadFile(filepath.Join(m.dir, "month"+store.JournalExt))
	if err != nil {
		m.t.Fatal(err)
	}
	var b strings.Builder
	for _, c := range m.calls {
		fmt.Fprintf(&b, "%s %s %d\n", c.Time, c.Endpoint, c.Status)
	}
	fmt.Fprintf(&b, "journal of %d bytes, %x\n", len(text), sha256.Sum256(text))
	return b.String()
}

// holding is a strategy's stake in an instrument.
type holding struct {
	strategy   string
	instrument market.InstrumentID
}

// checkJournal reads the journal with a simple eye: rows as they became known, positions
// as they were filled.
func (m *virtualMonth) checkJournal() {
	r, err := store.OpenJournal(filepath.Join(m.dir, "month"+store.JournalExt))
	if err != nil {
		m.t.Fatal(err)
	}
	w := &witness{virtualMonth: m, held: map[holding]decimal.Decimal{}, sells: map[market.OrderID]bool{}, left: map[holding]bool{}, symbols: r.Header().Symbols}
	for records, err := range r.Instants() {
		if err != nil {
			m.t.Fatal(err)
		}
		for i := range records {
			w.see(&records[i])
		}
		w.instant(records)
	}
}

// dust is what cannot be sold any more.
var dust = decimal.New(1, -6)

// witness follows a journal.
type witness struct {
	*virtualMonth
	symbols []string
	rows    []market.Signal
	held    map[holding]decimal.Decimal
	sells   map[market.OrderID]bool
	left    map[holding]bool // an exit is under way
}

func (w *witness) see(r *market.Record) {
	switch {
	case r.Kind == market.RecordDecision && r.Decision.Action == market.Submit && r.Decision.Refused == nil:
		w.decided(r.Decision)
	case r.Kind == market.RecordEvent && r.Event.Kind == market.KindSignal:
		w.rows = append(w.rows, *r.Event.Signal)
	case r.Kind == market.RecordEvent && r.Event.Kind == market.KindUpdate && r.Event.Update.Fill != nil:
		u := r.Event.Update
		h := holding{u.ID.Strategy, market.InstrumentID(slices.Index(w.symbols, u.Symbol))}
		q := u.Fill.Quantity
		if w.sells[u.ID] {
			q = q.Neg()
		}
		if u.Fill.FeeAsset != "USDT" {
			q = q.Sub(u.Fill.Fee)
		}
		w.held[h] = w.held[h].Add(q)
		w.left[h] = false
	}
}

// grade returns the grade in force, as semantics S2 and S3 say, by looking at every row.
func (w *witness) grade(i market.InstrumentID, now market.Time) (float64, bool) {
	var in *market.Signal
	for k := range w.rows {
		s := &w.rows[k]
		if s.Kind != "trader_grade" || string(s.Subject)+"USDT" != w.symbols[i] || s.Known > now {
			continue
		}
		if in == nil || cmp.Or(cmp.Compare(s.Effective, in.Effective), cmp.Compare(s.Known, in.Known), cmp.Compare(s.Revision, in.Revision)) > 0 {
			in = s
		}
	}
	if in == nil || in.Null || now-in.Effective > 48*market.Time(market.Hour) {
		return 0, false
	}
	return in.Value, true
}

// decided checks an order: a buy stands on a fresh grade, and names it.
func (w *witness) decided(d *market.Decision) {
	o := &d.Order
	h := holding{o.ID.Strategy, o.Instrument}
	grade, fresh := w.grade(o.Instrument, d.Time)
	if o.Side == market.Sell {
		w.seen["closed"]++
		w.sells[o.ID] = true
		w.left[h] = true
		switch {
		case !fresh && o.Reason == "stop_loss":
			w.seen["stopped out without a grade"]++
		case !fresh:
			w.seen["closed without a grade"]++
		}
		return
	}
	w.seen["opened"]++
	if !fresh || grade <= 32 {
		w.t.Errorf("%s: %s buys %s although the grade is %v (fresh: %t)", d.Time, o.ID, w.symbols[o.Instrument], grade, fresh)
	}
	named := false
	for _, in := range d.Inputs {
		named = named || in.Kind == "trader_grade" && !in.Absent && in.Value == grade && d.Time-in.Effective <= 48*market.Time(market.Hour)
	}
	if !named {
		w.t.Errorf("%s: %s names no fresh grade: %+v", d.Time, o.ID, d.Inputs)
	}
}

// instant checks that who closes without a grade has done so.
func (w *witness) instant(records []market.Record) {
	for i := range records {
		if r := &records[i]; r.Kind == market.RecordEvent && r.Event.Kind == market.KindBar {
			h := holding{"closes", r.Event.Instrument}
			if _, fresh := w.grade(h.instrument, r.Time); !fresh && w.held[h].GreaterThan(dust) && !w.left[h] {
				w.t.Errorf("%s: %s still holds %v %s without a grade", r.Time, h.strategy, w.held[h], w.symbols[h.instrument])
			}
		}
	}
}
