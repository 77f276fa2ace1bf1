package live

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// reckoning compares what an account has with what the books of its session say, look by
// look. What the account has beyond the books is its surplus, which is not traded with: what
// is neither in the books nor in the surplus is a difference. One that a foreign fill explains
// is settled at once, any other when it stands in two looks: balances may be told late.
//
// It knows no venue and no clock, and does nothing: it finds what is to be done.
type reckoning struct {
	quote       string
	instruments []market.Instrument
	steps       map[string]decimal.Decimal // by base: less than one is dust

	surplus   map[string]decimal.Decimal // by asset; below zero by less than a step
	journaled map[string]decimal.Decimal // of the surplus, what was adopted
	explained map[string]decimal.Decimal // by asset, what foreign fills moved and no difference showed yet
	aged      map[string]bool            // assets of explained that agreed since
	doubts    map[string]doubt           // differences of the last look
	reasons   map[string]string          // why new risk is halted, by what is wrong
	said      string                     // of reasons
	strangers map[string]string          // foreign orders that work, by client order id
}

// reckonRule is the name of the halt while account and books differ.
const reckonRule = "reconcile"

// doubt is a difference, and in how many looks it stood.
type doubt struct {
	by    decimal.Decimal
	looks int
}

// sight is all that is compared in one look.
type sight struct {
	account exchange.Account
	books   engine.Holdings
	foreign []exchange.Fill // of orders that are not ours, which no look before had
	first   bool            // since the process began: what would halt does so at once
}

// findingKind is what is to be done: what to adopt, money that moved, an order to ask about,
// a halt, its end, or what is only worth knowing.
type findingKind int8

const (
	findAdopt  findingKind = iota + 1 // the surplus of the asset is amount
	findMove                          // so much of the quote came or, negative, went
	findAbsent                        // the books have the order at work, and the venue does not show it
	findHalt                          // new risk
	findLift                          // of that halt
	findNote
)

// name is the kind for who counts.
func (k findingKind) name() string {
	return [...]string{"none", "adopted", "moved", "absent", "halt", "lift", "note"}[k]
}

// finding is one thing that a look found, with a line that says why.
type finding struct {
	kind   findingKind
	asset  string
	amount decimal.Decimal
	order  market.OrderID // of findAbsent
	looks  int            // in how many the order was absent
	text   string
}

// newReckoning returns a reckoning of an account in these instruments.
func newReckoning(instruments []market.Instrument) *reckoning {
	r := &reckoning{
		quote: instruments[0].Quote, instruments: instruments, steps: map[string]decimal.Decimal{},
		surplus: map[string]decimal.Decimal{}, journaled: map[string]decimal.Decimal{}, explained: map[string]decimal.Decimal{}, aged: map[string]bool{},
		doubts: map[string]doubt{}, reasons: map[string]string{}, strangers: map[string]string{},
	}
	for i := range instruments {
		in := &instruments[i]
		if s, ok := r.steps[in.Base]; !ok || in.Step.LessThan(s) {
			r.steps[in.Base] = in.Step
		}
	}
	return r
}

// begin takes what the account has beyond the books for its surplus, where the journal does
// not say what that is.
func (r *reckoning) begin(l *sight) (list []finding) {
	for _, a := range l.books.Assets {
		has, _ := r.has(&l.account, a.Asset)
		if r.surplus[a.Asset] = decimal.Max(has.Sub(a.Quantity), decimal.Zero); !r.surplus[a.Asset].IsZero() || a.Asset == r.quote {
			list = append(list, r.adopt(a.Asset, fmt.Sprintf("the account has %s %s beside the session's: that is not traded with", r.surplus[a.Asset], a.Asset)))
		}
	}
	return append(list, r.meet(l.account.Orders)...)
}

// resume takes over what the journal says.
func (r *reckoning) resume(books *engine.Holdings) {
	for _, a := range books.Surplus {
		r.surplus[a.Asset], r.journaled[a.Asset] = a.Quantity, a.Quantity
	}
	for _, h := range books.Halts {
		if h.Rule == reckonRule && h.Owner == nil {
			r.said = h.Text
		}
	}
}

// look compares once.
func (r *reckoning) look(l *sight) (list []finding) {
	r.explain(l.foreign)
	differences := r.differences(l)
	r.agree(differences, l.books.Assets)
	doubts := map[string]doubt{}
	for i := range differences {
		d := &differences[i]
		was := r.doubts[d.what]
		now := doubt{d.by, 1}
		if was.looks > 0 && was.by.Sub(d.by).Abs().LessThanOrEqual(d.slack) {
			now.looks += was.looks
		}
		doubts[d.what] = now
		list = append(list, r.weigh(l, d, now.looks)...)
	}
	r.doubts = doubts
	list = append(list, r.meet(l.account.Orders)...)
	return append(list, r.speak()...)
}

// weigh finds what one difference is, that has stood for so many looks.
func (r *reckoning) weigh(l *sight, d *difference, looks int) []finding {
	switch {
	case d.absent.Sequence > 0:
		return []finding{{kind: findAbsent, order: d.absent, looks: looks, text: d.text}}
	case d.text != "":
		if looks > 1 || l.first {
			r.reasons[d.what] = d.text
		}
		return nil
	case !d.matters():
		r.surplus[d.what] = r.surplus[d.what].Add(d.by)
		if r.surplus[d.what].Sub(r.journaled[d.what]).Abs().GreaterThan(d.slack) {
			return []finding{r.adopt(d.what, fmt.Sprintf("roundings of the venue and of the books are %s %s apart by now", r.surplus[d.what], d.what))}
		}
		return nil
	case d.open:
		return nil
	case looks > 1, !r.explained[d.what].IsZero() && r.explained[d.what].Equal(d.by), l.first && r.lacks(d.what, r.surplus[d.what].Add(d.by)):
		return r.settle(l, d)
	}
	return nil
}

// lacks reports whether a surplus would mean that coins of the session are missing.
func (r *reckoning) lacks(asset string, surplus decimal.Decimal) bool {
	if surplus = surplus.Neg(); asset == r.quote || !surplus.IsPositive() {
		return false
	}
	return surplus.GreaterThanOrEqual(r.steps[asset])
}

// settle finds where a difference of an asset belongs: what foreign fills moved and what is
// no quote is the surplus's, quote that came is a deposit, and what went is taken from the
// surplus first.
func (r *reckoning) settle(l *sight, d *difference) (list []finding) {
	asset, surplus := d.what, r.surplus[d.what].Add(r.explained[d.what])
	rest := d.by.Sub(r.explained[d.what])
	if d.slack.IsPositive() {
		rest = rest.Round(r.instruments[0].QuotePrecision)
	}
	by := "no order of this session"
	if !r.explained[asset].IsZero() {
		by = "orders that are not the session's"
	}
	delete(r.explained, asset)
	delete(r.reasons, asset)
	if asset == r.quote && rest.IsPositive() {
		list = append(list, finding{kind: findMove, asset: asset, amount: rest, text: fmt.Sprintf("%s %s came in without an order: a deposit, which no strategy has", rest, asset)})
	} else {
		surplus = surplus.Add(rest)
	}
	switch missing := surplus.Neg(); {
	case asset == r.quote && missing.IsPositive() && missing.LessThanOrEqual(l.books.Cash):
		surplus = decimal.Zero
		list = append(list, finding{kind: findMove, asset: asset, amount: missing.Neg(), text: fmt.Sprintf("%s %s are gone without an order of the session, and nothing beside its money is left to take them from: a withdrawal", missing, asset)})
	case asset == r.quote && missing.IsPositive(), r.lacks(asset, surplus):
		surplus = decimal.Zero
		r.reasons[asset] = fmt.Sprintf("%s %s are missing: the account has %s, the session's books %s; somebody sold or moved them: bring them back", missing, asset, d.has, d.books)
	}
	if !surplus.Equal(r.surplus[asset]) {
		was := r.surplus[asset]
		r.surplus[asset] = surplus
		list = append(list, r.adopt(asset, fmt.Sprintf("%s moved %s %s: the account has %s %s beside the session's now, which is not traded with", by, surplus.Sub(was), asset, surplus, asset)))
	}
	return list
}

func (r *reckoning) adopt(asset, text string) finding {
	r.journaled[asset] = r.surplus[asset]
	return finding{kind: findAdopt, asset: asset, amount: r.surplus[asset], text: text}
}

// agree forgets what was wrong and is not any more, and what foreign fills were to explain
// where nothing is to be explained for two looks.
func (r *reckoning) agree(differences []difference, assets []engine.Amount) {
	differs := map[string]bool{}
	for i := range differences {
		if d := &differences[i]; d.matters() {
			differs[d.what] = true
		}
	}
	for what := range r.reasons {
		if !differs[what] {
			delete(r.reasons, what)
		}
	}
	for _, a := range assets {
		if r.explained[a.Asset].IsZero() || differs[a.Asset] {
			delete(r.aged, a.Asset)
		} else if r.aged[a.Asset] {
			delete(r.explained, a.Asset)
		} else {
			r.aged[a.Asset] = true
		}
	}
}

// explain takes what foreign fills moved. On perpetuals they move positions, which have to
// agree, and profits that they do not tell of.
func (r *reckoning) explain(fills []exchange.Fill) {
	for i := range fills {
		f := &fills[i]
		k := slices.IndexFunc(r.instruments, func(in market.Instrument) bool { return in.Symbol == f.Symbol && !in.Perpetual() })
		if k < 0 || f.Side == 0 {
			continue
		}
		base, quote := f.Quantity, f.Price.Mul(f.Quantity).Neg()
		if f.Side == market.Sell {
			base, quote = base.Neg(), quote.Neg()
		}
		r.moved(r.instruments[k].Base, base)
		r.moved(r.quote, quote)
		r.moved(f.FeeAsset, f.Fee.Neg())
	}
}

func (r *reckoning) moved(asset string, by decimal.Decimal) {
	if !by.IsZero() {
		r.explained[asset] = r.explained[asset].Add(by)
	}
}

// speak finds the halt that the reasons make, where it is another than was said.
func (r *reckoning) speak() []finding {
	keys := make([]string, 0, len(r.reasons))
	for what := range r.reasons {
		keys = append(keys, what)
	}
	slices.Sort(keys)
	var parts []string
	for k, what := range keys {
		if k == maxReasons {
			parts = append(parts, fmt.Sprintf("and %d more", len(keys)-k))
			break
		}
		parts = append(parts, r.reasons[what])
	}
	text := strings.Join(parts, "; ")
	switch was := r.said; {
	case text == was:
		return nil
	case text == "":
		r.said = ""
		return []finding{{kind: findLift, text: "account and books agree again"}}
	}
	r.said = text
	return []finding{{kind: findHalt, text: text}}
}

// maxReasons is how many reasons the text of a halt has.
const maxReasons = 4

// meet notes foreign orders that came or went.
func (r *reckoning) meet(orders []exchange.Open) (list []finding) {
	now := map[string]string{}
	for i := range orders {
		o := &orders[i]
		if o.Order.ID.Sequence > 0 {
			continue
		}
		now[o.Client] = fmt.Sprintf("%s %s %s (%s)", o.Order.Side, o.Order.Quantity, o.Symbol, o.Client)
		if r.strangers[o.Client] == "" {
			list = append(list, finding{kind: findNote, text: "an order that is not of this session is left alone: " + now[o.Client]})
		}
	}
	gone := make([]string, 0, len(r.strangers))
	for client, text := range r.strangers {
		if now[client] == "" {
			gone = append(gone, text)
		}
	}
	slices.Sort(gone)
	for _, text := range gone {
		list = append(list, finding{kind: findNote, text: "an order that is not of this session has ended: " + text})
	}
	r.strangers = now
	return list
}
