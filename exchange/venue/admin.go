package venue

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Admin returns what the venue's master may look at and change. It is to be served on a
// loopback port of its own: it asks for no key. GET / lists what there is.
func (v *Venue) Admin() http.Handler {
	mux := http.NewServeMux()
	for _, a := range adminCalls() {
		mux.HandleFunc(a.pattern, func(w http.ResponseWriter, r *http.Request) { v.administer(w, r, &a) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		tell(w, http.StatusNotFound, adminError{"there is no " + r.Method + " " + r.URL.Path, "GET / lists what there is"})
	})
	return mux
}

// adminCall is one thing that the master may ask.
type adminCall struct {
	pattern, takes, doc string
	names               string // of the parameters, between spaces; * is any
	do                  func(v *Venue, ctx context.Context, q url.Values) (any, error)
}

// adminError is an error with what to do about it.
type adminError struct {
	Text string `json:"error"`
	Hint string `json:"hint,omitempty"`
}

// Error returns the text.
func (e adminError) Error() string { return e.Text }

// adminCalls lists all that the master may ask.
func adminCalls() []adminCall {
	return []adminCall{
		{"GET /{$}", "", "lists what there is", "", func(*Venue, context.Context, url.Values) (any, error) { return adminHelp(), nil }},
		{"GET /clock", "", "the venue's time and speed", "", (*Venue).adminClock},
		{"POST /step", "n or to (and nothing: n=1); until", "moves a stepped clock by so many instants, or to a time, never beyond until", "n to until", (*Venue).adminStep},
		{"GET /faults", "", "the faults that are set, and how often each has hit", "", (*Venue).adminFaults},
		{"GET /faults/kinds", "", "all the ways to fail", "", func(*Venue, context.Context, url.Values) (any, error) { return faultKinds, nil }},
		{"POST /faults", "fault (NAME[=VALUE][@ON][*TIMES][%CHANCE][+AFTER][~FOR]), also several", "sets faults", "fault", (*Venue).adminSetFaults},
		{"DELETE /faults", "name, also several (and nothing: all)", "removes faults", "name", (*Venue).adminClearFaults},
		{"GET /state", "", "orders, trades, balances and positions, exact", "", func(v *Venue, _ context.Context, _ url.Values) (any, error) { return v.State(), nil }},
		{"POST /place", "market, and the parameters of an order", "places an order by hand", "*", (*Venue).adminPlace},
		{"POST /cancel", "market, symbol, and orderId or origClientOrderId", "cancels an order by hand", "*", (*Venue).adminCancel},
		{"POST /deposit", "market, asset, amount (negative: paid out), after", "moves money without an order (balanceUpdate)", "market asset amount after", (*Venue).adminDeposit},
		{"POST /filters", "market, symbol, and tick, step, minQuantity, maxQuantity or minNotional", "changes the filters of a symbol", "market symbol tick step minQuantity maxQuantity minNotional", (*Venue).adminFilters},
		{"POST /disconnect", "path (with *; and nothing: all)", "closes websockets", "path", (*Venue).adminDisconnect},
		{"POST /shutdown", "path, after (and nothing: 10s)", "announces a shutdown (serverShutdown), and then closes", "path after", (*Venue).adminShutdown},
		{"POST /forget", "", "waits no longer for clients that were cut off, and tells how many are connected", "", (*Venue).adminForget},
		{"POST /listenkeys/expire", "", "lets listenKeys expire", "", (*Venue).adminExpire},
		{"POST /streams/end", "", "ends subscriptions to user data (eventStreamTerminated)", "", (*Venue).adminEnd},
	}
}

// administer answers one request of the master.
func (v *Venue) administer(w http.ResponseWriter, r *http.Request, a *adminCall) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		tell(w, http.StatusBadRequest, adminError{err.Error(), "send parameters in the query or as a form"})
		return
	}
	// A DELETE's form is read from the query alone.
	var result any
	err := a.knows(r.Form)
	if err == nil {
		result, err = a.do(v, r.Context(), r.Form)
	}
	var refused *refusal
	var known adminError
	switch {
	case err == nil:
		tell(w, http.StatusOK, result)
	case errors.As(err, &refused):
		tell(w, refused.http, adminError{refused.Error(), "the venue refuses it as it would over its API"})
	case errors.As(err, &known):
		tell(w, http.StatusBadRequest, known)
	default:
		tell(w, http.StatusBadRequest, adminError{err.Error(), "GET / lists what each takes"})
	}
}

// knows refuses parameters that a call does not read.
func (a *adminCall) knows(q url.Values) error {
	for name := range q {
		if a.names != "*" && !slices.Contains(strings.Fields(a.names), name) {
			return adminError{fmt.Sprintf("%s reads no parameter %q", strings.TrimSuffix(a.pattern, "{$}"), name), "it takes: " + cmp.Or(a.takes, "nothing")}
		}
	}
	return nil
}

func tell(w http.ResponseWriter, status int, what any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(what)
}

func adminHelp() any {
	type line struct {
		Call  string `json:"call"`
		Takes string `json:"takes,omitempty"`
		Doc   string `json:"doc"`
	}
	var list []line
	for _, a := range adminCalls() {
		list = append(list, line{strings.TrimSuffix(a.pattern, "{$}"), a.takes, a.doc})
	}
	return list
}

type adminTime struct {
	Now     market.Time `json:"now"`
	Shown   market.Time `json:"shown"` // what requests are told: a fault may make it another
	Speed   float64     `json:"speed"`
	Stepped bool        `json:"stepped"`
}

func (v *Venue) adminClock(context.Context, url.Values) (any, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.catchUp()
	return adminTime{v.clock.now, v.shown(), v.o.Speed, v.o.Speed == 0}, nil
}

type adminStepped struct {
	Stepped
	Ended bool `json:"ended"` // of the tape
}

func (v *Venue) adminStep(ctx context.Context, q url.Values) (any, error) {
	if v.o.Speed != 0 {
		return nil, adminError{"the clock runs by itself", "start the venue with --speed step"}
	}
	if q.Has("n") && q.Has("to") {
		return nil, adminError{"n and to say two things", "send one of them"}
	}
	n, err := strconv.Atoi(cmp.Or(q.Get("n"), "1"))
	if err != nil || n < 0 || n > 1e6 {
		return nil, adminError{fmt.Sprintf("n=%q is no number of steps", q.Get("n")), "use n=1 or more, or n=0, which only waits for what is under way"}
	}
	if n == 0 {
		return adminStepped{Stepped: Stepped{Time: v.Now()}}, v.Settle(ctx)
	}
	to := market.Time(0)
	if text := q.Get("to"); text != "" {
		if to, err = market.ParseTime(text); err != nil {
			return nil, adminError{err.Error(), "use to=2024-03-01T12:00:00Z"}
		}
		if now := v.Now(); to <= now {
			return nil, adminError{fmt.Sprintf("to=%s is not after now, which is %s", text, now), "the clock only moves on; GET /clock tells its time"}
		}
		n = 1 << 30
	}
	until := market.MaxTime
	if text := q.Get("until"); text != "" {
		if until, err = market.ParseTime(text); err != nil {
			return nil, adminError{err.Error(), "use until=2024-03-01T12:00:00Z"}
		}
	}
	var is adminStepped
	for range n {
		is.Stepped, err = v.StepUntil(ctx, until)
		if is.Ended = errors.Is(err, io.EOF); is.Ended || err == nil && to != 0 && is.Time >= to {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return is, nil
}

type adminForgot struct {
	Connections int `json:"connections"` // that are open
}

func (v *Venue) adminForget(context.Context, url.Values) (any, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.hub.missed)
	return adminForgot{len(v.hub.connections)}, nil
}

type adminFaultList struct {
	Faults []Fault        `json:"faults"`
	Hits   map[string]int `json:"hits"`
}

func (v *Venue) adminFaults(context.Context, url.Values) (any, error) {
	return adminFaultList{append([]Fault{}, v.Faults()...), v.FaultHits()}, nil
}

func (v *Venue) adminSetFaults(ctx context.Context, q url.Values) (any, error) {
	if len(q["fault"]) == 0 {
		return nil, adminError{"no fault is named", "send fault=reply-lost@order.place*1; GET /faults/kinds lists them"}
	}
	for _, text := range q["fault"] {
		f, err := ParseFault(text)
		if err == nil {
			err = v.SetFault(f)
		}
		if err != nil {
			return nil, adminError{err.Error(), "GET /faults/kinds lists them; write %25 for % in a query"}
		}
	}
	return v.adminFaults(ctx, q)
}

func (v *Venue) adminClearFaults(ctx context.Context, q url.Values) (any, error) {
	for _, name := range q["name"] {
		if !slices.Contains(faultNames(), name) {
			return nil, adminError{fmt.Sprintf("there is no fault %q", name), "GET /faults/kinds lists them"}
		}
	}
	v.ClearFaults(q["name"]...)
	return v.adminFaults(ctx, q)
}

// byHand does something with a market, with the lock held and the clock caught up.
func (v *Venue) byHand(q url.Values, do func(*side) (any, error)) (any, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.catchUp()
	s, err := v.sideOf(q.Get("market"))
	if err != nil {
		return nil, err
	}
	return do(s)
}

// parameters are what a request says to the venue's own methods.
func parameters(q url.Values) (p params) {
	for name, values := range q {
		if name != "market" {
			p = append(p, param{name, values[0]})
		}
	}
	slices.SortFunc(p, func(a, b param) int { return strings.Compare(a.name, b.name) })
	return p
}

func (v *Venue) adminPlace(_ context.Context, q url.Values) (any, error) {
	return v.byHand(q, func(s *side) (any, error) { return v.askByHand(s, "order.place", parameters(q)) })
}

func (v *Venue) adminCancel(_ context.Context, q url.Values) (any, error) {
	return v.byHand(q, func(s *side) (any, error) { return v.askByHand(s, "order.cancel", parameters(q)) })
}

func (v *Venue) adminDeposit(_ context.Context, q url.Values) (any, error) {
	amount, err := decimal.NewFromString(q.Get("amount"))
	if err != nil || amount.IsZero() {
		return nil, adminError{fmt.Sprintf("amount=%q is no amount", q.Get("amount")), "send asset=USDT&amount=100"}
	}
	after, err := time.ParseDuration(cmp.Or(q.Get("after"), "0s"))
	if err != nil || after < 0 {
		return nil, adminError{fmt.Sprintf("after=%q is not a span", q.Get("after")), "send after=5s"}
	}
	return v.byHand(q, func(s *side) (any, error) {
		asset := q.Get("asset")
		if after > 0 {
			v.after(after, func() {
				if err := s.payIn(asset, amount); err != nil {
					v.log.Warn("a deposit did not happen", "asset", asset, "error", err)
				}
			})
			return struct{}{}, nil
		}
		return struct{}{}, s.payIn(asset, amount)
	})
}

func (v *Venue) adminFilters(_ context.Context, q url.Values) (any, error) {
	return v.byHand(q, func(s *side) (any, error) {
		b := s.bySymbol[q.Get("symbol")]
		if b == nil {
			return nil, adminError{fmt.Sprintf("symbol=%q is not listed", q.Get("symbol")), "send symbol=BTCUSDT"}
		}
		to := b.Instrument
		if err := change(&to, q); err != nil {
			return nil, err
		}
		if err := s.relist(b, &to); err != nil {
			return nil, err
		}
		return map[string]string{"filters": b.Filters()}, nil
	})
}

// change sets those filters that a request names.
func change(to *market.Instrument, q url.Values) error {
	for name, to := range map[string]*decimal.Decimal{"tick": &to.Tick, "step": &to.Step, "minQuantity": &to.MinQuantity, "maxQuantity": &to.MaxQuantity, "minNotional": &to.MinNotional} {
		text := q.Get(name)
		if text == "" {
			continue
		}
		d, err := decimal.NewFromString(text)
		if err != nil || !d.IsPositive() {
			return adminError{fmt.Sprintf("%s=%q is no amount above 0", name, text), "send tick=0.1"}
		}
		*to = d
	}
	return nil
}

// adminAct lets a fault happen that happens once.
func (v *Venue) adminAct(f Fault) (any, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	return struct{}{}, v.SetFault(f)
}

func (v *Venue) adminDisconnect(_ context.Context, q url.Values) (any, error) {
	return v.adminAct(Fault{Name: FaultDisconnect, On: q.Get("path")})
}

func (v *Venue) adminShutdown(_ context.Context, q url.Values) (any, error) {
	return v.adminAct(Fault{Name: FaultShutdown, On: q.Get("path"), Value: q.Get("after")})
}

func (v *Venue) adminExpire(context.Context, url.Values) (any, error) {
	return v.adminAct(Fault{Name: FaultKeyExpired})
}

func (v *Venue) adminEnd(context.Context, url.Values) (any, error) {
	return v.adminAct(Fault{Name: FaultStreamEnded})
}
