package exchangetest_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/exchangetest"
	"github.com/signalman-trading/signalman/exchange/paper"
	"github.com/signalman-trading/signalman/market"
)

// lossy is a broker behind a network that loses what it is told to. It is honest but for
// what a test makes it do.
type lossy struct {
	*paper.Broker
	cheat string
	mu    sync.Mutex
	next  exchangetest.Trouble
	hide  int
}

func (b *lossy) trouble(t exchangetest.Trouble) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next = t
	return true
}

// troubled takes the trouble that is due.
func (b *lossy) troubled() exchangetest.Trouble {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.next
	b.next = 0
	return t
}

func (b *lossy) Submit(ctx context.Context, i market.Instrument, o market.Order) (market.OrderUpdate, error) {
	if err := ctx.Err(); err != nil && b.cheat != "sends all the same" {
		return market.OrderUpdate{}, err
	}
	switch t := b.troubled(); t {
	case 0:
	case exchangetest.LoseReply, exchangetest.SayUnknown, exchangetest.TroubledBody:
		_, _ = b.Broker.Submit(context.WithoutCancel(ctx), i, o)
		return b.lost(ctx, i, o)
	case exchangetest.LoseRequest:
		return b.lost(ctx, i, o)
	default:
		f := &exchange.Fault{Kind: exchange.ErrUnavailable, What: "order", Err: errors.New("no")}
		if t == exchangetest.Limited && b.cheat != "no until" {
			f.Until = time.Now()
		}
		return market.OrderUpdate{}, f
	}
	if b.cheat == "rounds" {
		o.Quantise(&i)
	}
	if b.cheat == "sends all the same" {
		ctx = context.WithoutCancel(ctx)
	}
	u, err := b.Broker.Submit(ctx, i, o)
	switch {
	case b.cheat == "fill in the answer" && err == nil:
		u.Fill = &market.Fill{}
	case b.cheat == "rejects are updates" && err != nil:
		return market.OrderUpdate{ID: o.ID, Symbol: i.Symbol, State: market.Rejected}, nil
	}
	return u, err
}

// lost is what comes of an answer that never came.
func (b *lossy) lost(ctx context.Context, i market.Instrument, o market.Order) (market.OrderUpdate, error) {
	f := &exchange.Fault{Kind: exchange.ErrUnknown, What: "order", Err: errors.New("no answer")}
	switch b.cheat {
	case "lost is failed":
		f.Kind = exchange.ErrRejected
	case "sends again":
		_, _ = b.Broker.Submit(context.WithoutCancel(ctx), i, o)
	}
	return market.OrderUpdate{}, f
}

func (b *lossy) Cancel(ctx context.Context, i market.Instrument, id market.OrderID) error {
	lost := b.troubled() == exchangetest.LoseCancel
	err := b.Broker.Cancel(ctx, i, id)
	switch {
	case lost:
		return &exchange.Fault{Kind: exchange.ErrUnknown, What: "cancel", Err: errors.New("no answer")}
	case b.cheat == "cancel always works" && errors.Is(err, exchange.ErrNotFound):
		return nil
	case b.cheat == "cancels all":
		a, _ := b.Broker.Account(ctx)
		for _, o := range a.Orders {
			_ = b.Broker.Cancel(ctx, i, o.Order.ID)
		}
	}
	return err
}

func (b *lossy) Order(ctx context.Context, i market.Instrument, id market.OrderID) (market.OrderUpdate, error) {
	if b.hide > 0 {
		b.hide--
		return market.OrderUpdate{}, &exchange.Fault{Kind: exchange.ErrNotFound, What: "order"}
	}
	return b.Broker.Order(ctx, i, id)
}

func (b *lossy) Account(ctx context.Context) (exchange.Account, error) {
	a, err := b.Broker.Account(ctx)
	switch b.cheat {
	case "newest first":
		slices.Reverse(a.Orders)
	case "claims all":
		for k := range a.Orders {
			a.Orders[k].Order.ID = market.OrderID{Strategy: "suite", Sequence: uint32(k + 1)}
		}
	case "nothing is locked":
		for k := range a.Balances {
			a.Balances[k].Free = a.Balances[k].Free.Add(a.Balances[k].Locked)
		}
	}
	return a, err
}

func (b *lossy) Fills(ctx context.Context, i market.Instrument, after exchange.Cursor) iter.Seq2[exchange.Fill, error] {
	if b.cheat == "no cursor" {
		after = exchange.Cursor{}
	}
	return b.Broker.Fills(ctx, i, after)
}

func (b *lossy) Updates(ctx context.Context, ready func(), emit func(exchange.AccountEvent)) error {
	first := true
	err := b.Broker.Updates(ctx, func() {
		if first || b.cheat != "ready once" {
			ready()
		}
		first = false
	}, func(e exchange.AccountEvent) {
		switch {
		case b.cheat == "no gap" && e.Gap != nil:
			return
		case b.cheat == "loses ends" && e.Update != nil && e.Update.State.Final():
			return
		case b.cheat == "twice" && e.Update != nil && e.Update.Fill != nil:
			emit(e)
		case b.cheat == "no fee asset" && e.Update != nil && e.Update.Fill != nil:
			u, f := *e.Update, *e.Update.Fill
			f.FeeAsset = ""
			u.Fill, e.Update = &f, &u
		}
		emit(e)
	})
	if b.cheat == "no error" {
		return nil
	}
	return err
}

// shop is a market that is honest but for what a test makes it do.
type shop struct {
	*paper.Venue
	cheat string
}

func (s *shop) Bars(ctx context.Context, i market.Instrument, d market.Interval, from, to market.Time) iter.Seq2[market.Bar, error] {
	if s.cheat == "closed span" {
		to++
	}
	return s.Venue.Bars(ctx, i, d, from, to)
}

func (s *shop) Stream(ctx context.Context, subs []exchange.Subscription, ready func(), emit func(exchange.Event)) error {
	cut := false
	return s.Venue.Stream(ctx, subs, ready, func(e exchange.Event) {
		switch cut = cut || e.Gap != nil; {
		case s.cheat == "silent gap" && e.Gap != nil, s.cheat == "hole" && cut && e.Late:
			return
		case s.cheat == "bars twice":
			emit(e)
		}
		emit(e)
	})
}

// cheating is the harness of a broker that does what its name says.
func cheating(cheat string, perpetual bool) exchangetest.Harness {
	h := simulated(perpetual)
	h.Bubble = true
	h.Open = func(t *testing.T, p exchangetest.Plan) *exchangetest.Stage {
		s := openPaper(t, p)
		b := &lossy{Broker: s.Broker.(*paper.Broker), cheat: cheat}
		s.Broker, s.Market = b, &shop{s.Market.(*paper.Venue), cheat}
		s.Trouble, s.Hide = b.trouble, func(n int) { b.hide = n }
		return s
	}
	return h
}

// TestLossy shows that a broker behind a bad network passes, and so that the cases of lost
// answers are played.
func TestLossy(t *testing.T) {
	for _, r := range exchangetest.Run(t, cheating("", false)) {
		if strings.HasPrefix(r.Case.Name, "timeouts/") && r.Outcome == exchangetest.Skipped && !strings.Contains(r.Why, "clock") {
			t.Errorf("%s is skipped: %s", r.Case.Name, r.Why)
		}
	}
}

// TestCheats shows that each breach of the contract fails the case that is about it.
func TestCheats(t *testing.T) {
	for cheat, name := range map[string]string{
		"sends all the same":  "context/ended-before-sends-nothing",
		"rounds":              "filters/quantity-off-step-is-rejected",
		"fill in the answer":  "orders/answers-hold-no-fill",
		"rejects are updates": "rejections/insufficient-balance",
		"no until":            "timeouts/rate-limit-says-until",
		"lost is failed":      "timeouts/accepted-then-lost-is-unknown-and-found",
		"sends again":         "timeouts/never-resent",
		"cancel always works": "cancel/twice-is-not-found",
		"cancels all":         "cancel/only-the-one",
		"newest first":        "account/orders-oldest-first",
		"claims all":          "reconciliation/foreign-order-is-shown",
		"nothing is locked":   "account/orders-lock",
		"no cursor":           "fills/go-on-after-a-cursor",
		"no gap":              "reconnect/updates-announce-a-gap-before-ready",
		"ready once":          "reconnect/what-was-missed-is-found",
		"loses ends":          "cancel/resting",
		"twice":               "updates/each-fill-once",
		"no fee asset":        "orders/market-buy",
		"no error":            "context/updates-end-with-it",
		"closed span":         "market/bars-span-is-half-open",
		"silent gap":          "reconnect/gap-says-when",
		"hole":                "reconnect/gap-is-announced-and-filled",
		"bars twice":          "market/stream-tells-each-bar-once",
	} {
		t.Run(cheat, func(t *testing.T) {
			cases := exchangetest.Cases()
			k := slices.IndexFunc(cases, func(c exchangetest.Case) bool { return c.Name == name })
			if k < 0 {
				t.Fatalf("there is no case %s", name)
			}
			r := exchangetest.Play(t, cheating(cheat, false), cases[k])
			if r.Outcome != exchangetest.Fail {
				t.Errorf("%s: %s %s", name, r.Outcome, r.Why)
			}
			t.Log(r.Why)
		})
	}
}

// TestCases checks what the table is made of.
func TestCases(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range exchangetest.Cases() {
		if group, rest, ok := strings.Cut(c.Name, "/"); !ok || group == "" || rest == "" || seen[c.Name] || c.Doc == "" || c.Says == "" || strings.ContainsAny(c.Doc, "|\n") {
			t.Errorf("%q: %q, %q", c.Name, c.Doc, c.Says)
		}
		seen[c.Name] = true
	}
	if len(seen) < 60 {
		t.Errorf("there are %d cases", len(seen))
	}
	t.Logf("%d cases", len(seen))
}
