package crash_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// A judge compares what the venue holds with what the journal says. It knows neither the
// gateway nor the adapter: names of orders are computed here by semantics L1.
type judge struct {
	p        *play
	path     string // of the one journal
	text     []byte // of it, as far as it was judged
	frames   int    // likewise
	reading  int    // the number of the frame at hand
	id       [16]byte
	finished bool

	intents map[string]*intent // by the name at the venue
	list    []*intent
	seen    map[int64]bool // orders that the venue had at the last death, by its ids
	closes  map[string]decimal.Decimal
	foreign int
	last    market.Time // of the journal's instants
}

// An intent is an order that the journal says was to be sent.
type intent struct {
	order   market.Order
	client  string
	symbol  string
	at      market.Time // of its decision, as the venue would write it
	life    int         // in which it was written
	frame   int         // of the journal, which holds it
	refused bool        // it never was to leave
	leaving bool        // it was to be cancelled
	amended []amendment
	state   market.State // told last
	filled  decimal.Decimal
	fills   []string
	moves   []market.Fill
	reason  string
}

// An amendment is a change that was to be sent.
type amendment struct {
	life            int
	quantity, price decimal.Decimal
}

func newJudge(p *play) *judge {
	return &judge{p: p, intents: map[string]*intent{}, seen: map[int64]bool{}, closes: map[string]decimal.Decimal{}}
}

// name is what an order is called at the venue (semantics L1).
func (j *judge) name(id market.OrderID) string {
	h := sha256.New()
	h.Write(j.id[:])
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(id.Strategy))))
	h.Write([]byte(id.Strategy))
	h.Write(binary.BigEndian.AppendUint32(nil, id.Sequence))
	return strings.ToLower(base32.StdEncoding.EncodeToString(h.Sum(nil)[:20]))
}

// bad tells of a broken promise.
func (j *judge) bad(format string, args ...any) {
	j.p.t.Helper()
	j.p.t.Errorf("after life %d of seed %d: %s", len(j.p.lives)-1, j.p.seed, fmt.Sprintf(format, args...))
}

// death judges what a dead process leaves: every order that the venue has was written down
// before, in the life that sent it.
func (j *judge) death(l *life) {
	j.p.venue.forget()
	h := j.p.venue.state()
	j.read(l)
	for i := range h.Orders {
		o := &h.Orders[i]
		if !j.seen[o.ID] {
			j.seen[o.ID] = true
			j.arrived(l, o)
		}
	}
}

// arrived judges an order that came to be at the venue in a life, or while nobody was there.
func (j *judge) arrived(l *life, o *order) {
	in := j.intents[o.Client]
	switch {
	case in == nil && len(o.Client) == 32 && strings.Trim(o.Client, "abcdefghijklmnopqrstuvwxyz234567") == "":
		j.bad("the venue has an order that no intent on disk speaks of: %+v", *o)
	case in == nil:
		j.foreign++
	case in.refused:
		j.bad("%s was refused, and yet is at the venue: %+v", in.order.ID, *o)
	case o.Created < in.at:
		j.bad("%s is at the venue since %s, before it was decided at %s", in.order.ID, o.Created, in.at)
	case in.life == l.number || j.lateBy(in.life, o.Created):
	case !slices.ContainsFunc(in.amended, func(a amendment) bool { return a.life == l.number || j.lateBy(a.life, o.Created) }):
		j.bad("%s was written in life %d and sent in life %d: %+v", in.order.ID, in.life, l.number, *o)
	}
}

// lateBy reports whether an order may have been on its way when its life ended.
func (j *judge) lateBy(life int, created market.Time) bool {
	return j.p.kind.slow && created <= j.p.lives[life].ended+market.Time(5*time.Second)
}

// read takes what a life wrote into the journal: there is one, and it only grows.
func (j *judge) read(l *life) {
	files, _ := filepath.Glob(filepath.Join(j.p.sessions(), "*"+store.JournalExt))
	if len(files) == 0 && len(j.list) == 0 {
		return
	}
	if len(files) == 1 && len(j.list) == 0 && files[0] != j.path { // one in which nothing had happened was given up
		j.path, j.text, j.frames = files[0], nil, 0
	}
	if len(files) != 1 || files[0] != j.path {
		j.bad("there are %d sessions, and should be one: %v", len(files), files)
		return
	}
	text, err := os.ReadFile(j.path)
	if err != nil {
		j.p.t.Fatal(err)
	}
	r, err := store.OpenJournal(j.path)
	if err != nil {
		j.bad("the journal cannot be read: %v", err)
		return
	}
	whole := text[:len(text)-int(r.Lost())]
	if !bytes.HasPrefix(whole, j.text) {
		j.bad("what the journal said has changed")
		return
	}
	j.text, j.id, j.finished = whole, r.Header().ID, r.Finished()
	n := 0
	for records, err := range r.Instants() {
		if err != nil {
			j.bad("the journal: %v", err)
			return
		}
		if n++; n > j.frames {
			j.reading = n
			for i := range records {
				j.record(l, &records[i], r.Header().Symbols)
			}
		}
	}
	j.frames = n
}

// record takes one record.
func (j *judge) record(l *life, r *market.Record, symbols []string) {
	if r.Kind == market.RecordSetup {
		return // of before the bars that warm up
	}
	if r.Time < j.last {
		j.bad("the journal goes back from %s to %s", j.last, r.Time)
	}
	j.last = r.Time
	switch {
	case r.Kind == market.RecordDecision:
		j.decision(l, r.Decision, symbols)
	case r.Kind == market.RecordEvent && r.Event.Kind == market.KindBar:
		j.closes[symbols[r.Event.Instrument]] = market.Price(r.Event.Bar().Close, 2)
	case r.Kind == market.RecordEvent && r.Event.Kind == market.KindUpdate:
		j.update(r.Event.Update)
	}
}

func (j *judge) decision(l *life, d *market.Decision, symbols []string) {
	client := j.name(d.Order.ID)
	in := j.intents[client]
	switch {
	case d.Action == market.Submit && in != nil:
		j.bad("%s was decided twice", d.Order.ID)
	case d.Action == market.Submit:
		in = &intent{order: d.Order, client: client, symbol: symbols[d.Order.Instrument], at: market.TimeOf(d.Time.UTC().Truncate(time.Millisecond)), life: l.number, frame: j.reading, refused: d.Refused != nil}
		j.intents[client], j.list = in, append(j.list, in)
	case in == nil:
		j.bad("%s is to be changed, but was never decided: %+v", d.Order.ID, d)
	case d.Action == market.Cancel && d.Refused == nil:
		in.leaving = true
	case d.Action == market.Amend && d.Refused == nil:
		in.amended = append(in.amended, amendment{l.number, d.Order.Quantity, d.Order.Price})
	}
}

func (j *judge) update(u *market.OrderUpdate) {
	in := j.intents[j.name(u.ID)]
	if in == nil {
		if u.ID.Sequence > 0 {
			j.bad("an update of %s, which was never decided", u.ID)
		}
		return
	}
	if in.state.Final() {
		j.bad("%s has ended as %s, and now is told to be %s", u.ID, in.state, u.State)
	}
	in.state, in.reason = u.State, u.Reason
	if f := u.Fill; f != nil {
		line := fillLine(f.Trade, f.Price, f.Quantity, f.Fee, f.FeeAsset)
		if slices.Contains(in.fills, line) {
			j.bad("%s: trade %s was told twice", u.ID, f.Trade)
		}
		in.fills, in.moves, in.filled = append(in.fills, line), append(in.moves, *f), in.filled.Add(f.Quantity)
	}
}

func fillLine(trade string, price, quantity, fee decimal.Decimal, asset string) string {
	return fmt.Sprintf("trade %s: %s × %s, fee %s %s", trade, quantity, price, fee, asset)
}
