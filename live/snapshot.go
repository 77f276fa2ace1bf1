package live

import (
	"context"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// Snapshot is how a session stood between two instants. It is a copy, in the form in which
// the control API tells it: money in the account's quote asset unless it says otherwise.
type Snapshot struct {
	Account    AccountState
	Halts      []HaltState     // oldest first
	Strategies []StrategyState // by name
	Positions  []PositionState // by strategy, then instrument
	Orders     []OrderState    // in order of decision
	LeftOut    int             // older orders that were asked for and are too many
}

// AccountState is the money of an account.
type AccountState struct {
	Time        market.Time     `json:"time,omitzero" format:"date-time" doc:"of the last instant, in the session's time; none before the first"`
	Quote       string          `json:"quote" doc:"the asset that money is in" example:"USDT"`
	Equity      decimal.Decimal `json:"equity" doc:"cash and positions at the last close" example:"10250.5"`
	Cash        decimal.Decimal `json:"cash" doc:"what working orders reserve included; of perpetuals the equity" example:"4000"`
	Unallocated decimal.Decimal `json:"unallocated" doc:"cash that no strategy has" example:"0"`
}

// HaltState is a halt that stands.
type HaltState struct {
	Rule   string      `json:"rule" doc:"what stopped new risk: kill, pause, close-all, or the name of a rule" example:"kill"`
	Scope  string      `json:"scope" doc:"a strategy, or account" example:"account"`
	By     string      `json:"by" enum:"operator,rule,session,engine" doc:"who made it"`
	Text   string      `json:"text" doc:"why" example:"new risk stopped until resume, by the kill file"`
	Since  market.Time `json:"since" format:"date-time" doc:"in the session's time"`
	Closes bool        `json:"closes" doc:"it closes positions too"`
	Symbol string      `json:"symbol,omitempty" doc:"the only one that it is about; none is all" example:"BTCUSDT"`
	Side   string      `json:"side,omitempty" enum:"long,short" doc:"the only one that it is about; none is both"`
	Action string      `json:"action" enum:"lock,reduce_only,flatten" doc:"lock opens no position, reduce_only adds no risk, flatten closes positions too"`
	Until  market.Time `json:"until,omitzero" format:"date-time" doc:"when it lifts by itself, in the session's time; none where it stays until resume, or until what made it ends it"`
}

// StrategyState is a strategy at work.
type StrategyState struct {
	Name      string          `json:"name" example:"btc_trend"`
	Symbols   []string        `json:"symbols" nullable:"false" example:"[\"BTCUSDT\"]"`
	Weight    decimal.Decimal `json:"weight" doc:"its share of the account's cash at the start" example:"0.5"`
	Equity    decimal.Decimal `json:"equity" doc:"its cash and positions at the last close" example:"5100"`
	Cash      decimal.Decimal `json:"cash" doc:"what no working order reserves; of perpetuals the free margin" example:"2000"`
	Positions int             `json:"positions" doc:"open ones"`
	Orders    int             `json:"orders" doc:"working ones"`
	State     string          `json:"state" enum:"running,halted,stopped" doc:"halted may only reduce risk; stopped ended with an error"`
	Fault     string          `json:"fault,omitempty" doc:"the error that stopped it"`
}

// PositionState is an open position of one strategy.
type PositionState struct {
	Strategy   string          `json:"strategy" example:"btc_trend"`
	Symbol     string          `json:"symbol" example:"BTCUSDT"`
	Side       string          `json:"side" enum:"long,short"`
	Quantity   decimal.Decimal `json:"quantity" doc:"in base, negative where it is short" example:"0.05"`
	Cost       decimal.Decimal `json:"cost" doc:"what was paid for it; negative where it is short" example:"3000"`
	Price      decimal.Decimal `json:"price" doc:"the last close" example:"62000"`
	Value      decimal.Decimal `json:"value" doc:"quantity at that price" example:"3100"`
	Unrealised decimal.Decimal `json:"unrealised" doc:"value less cost" example:"100"`
	Realised   decimal.Decimal `json:"realised" doc:"of the trade so far: what parts of it brought less what they cost, with funding and fees" example:"0"`
	Since      market.Time     `json:"since" format:"date-time" doc:"its first fill"`
	Unsellable bool            `json:"unsellable" doc:"too small for the venue to take an order"`
}

// OrderState is an order and what became of it.
type OrderState struct {
	ID       string          `json:"id" doc:"strategy and number; 'signalman why' takes it" example:"btc_trend/7"`
	Strategy string          `json:"strategy" example:"btc_trend"`
	Symbol   string          `json:"symbol" example:"BTCUSDT"`
	Side     string          `json:"side" enum:"buy,sell"`
	Type     string          `json:"type" enum:"market,limit,stop,stop-limit,take-profit,take-profit-limit,trailing-stop"`
	Quantity decimal.Decimal `json:"quantity" doc:"in base; 0 where the order names an amount of quote, or is an exit that grows with its entry" example:"0.05"`
	Quote    decimal.Decimal `json:"quote" doc:"amount of quote to spend; 0 where the order names a quantity" example:"0"`
	Price    decimal.Decimal `json:"price" doc:"limit; 0 is none" example:"0"`
	Stop     decimal.Decimal `json:"stop" doc:"trigger; 0 is none" example:"0"`
	Filled   decimal.Decimal `json:"filled" doc:"in base" example:"0"`
	State    string          `json:"state" enum:"pending,accepted,partial,filled,cancelled,expired,rejected,refused"`
	Time     market.Time     `json:"time" format:"date-time" doc:"of the decision"`
	Reason   string          `json:"reason" doc:"of the strategy or rule"`
	Rule     string          `json:"rule,omitempty" doc:"that made it; none where the strategy did"`
	End      string          `json:"end,omitempty" doc:"why it ended, where it is not filled"`
}

// Snapshot returns how the session stands between two instants. The orders in it are those
// that work, or with all the newest of all, that many.
func (c *Control) Snapshot(ctx context.Context, all int) (*Snapshot, error) {
	s := &Snapshot{}
	if err := c.Look(ctx, func(e *engine.Engine) { s.take(e, all) }); err != nil {
		return nil, err // it may be taken yet
	}
	return s, nil
}

func (s *Snapshot) take(e *engine.Engine, all int) {
	list := e.Instruments()
	s.Account = AccountState{Time: e.Now(), Equity: e.Equity(), Cash: e.Cash(), Unallocated: e.Unallocated()}
	if len(list) > 0 {
		s.Account.Quote = list[0].Quote
	}
	halts := e.Halts()
	for k := range halts {
		s.Halts = append(s.Halts, haltState(e, &halts[k]))
	}
	for _, b := range e.Books() {
		s.strategy(b, list, all == 0)
	}
	if all > 0 {
		orders := e.Orders()
		s.LeftOut = max(0, len(orders)-all)
		for _, o := range orders[s.LeftOut:] {
			s.Orders = append(s.Orders, orderState(o, list))
		}
	}
}

func haltState(e *engine.Engine, h *engine.Halt) HaltState {
	scope := h.Strategy
	if scope == "" {
		scope = "account"
	}
	s := HaltState{
		Rule: h.Rule, Scope: scope, By: e.HaltedBy(h), Text: h.Text, Since: h.Time, Closes: h.Action == risk.Flatten,
		Side: map[market.Side]string{market.Buy: "long", market.Sell: "short"}[h.Side], Action: h.Action.String(), Until: h.Until,
	}
	if h.Instrument != market.NoInstrument {
		s.Symbol = e.Instruments()[h.Instrument].Symbol
	}
	return s
}

// On says what of its scope a halt is about: "" is all, " on BTCUSDT", " on BTCUSDT long".
func (h *HaltState) On() (s string) {
	if h.Symbol != "" {
		s = " on " + h.Symbol
	}
	if h.Side != "" {
		s += " " + h.Side
	}
	return s
}

// strategy adds a strategy with its positions and, where they are wanted, working orders.
func (s *Snapshot) strategy(b engine.Book, list []market.Instrument, orders bool) {
	holdings, working := b.Holdings(), b.Working()
	t := StrategyState{
		Name: b.Name(), Weight: b.Weight(), Equity: b.Equity(), Cash: b.Cash(),
		Positions: len(holdings), Orders: len(working), State: "running",
	}
	for _, i := range b.Instruments() {
		t.Symbols = append(t.Symbols, list[i].Symbol)
	}
	if b.Halted() {
		t.State = "halted"
	}
	if err := b.Fault(); err != nil {
		t.State = "stopped"
		t.Fault, _, _ = strings.Cut(err.Error(), "\n")
	}
	if b.Removed() {
		t.State, t.Fault = "stopped", "removed from the configuration"
	}
	s.Strategies = append(s.Strategies, t)
	for k := range holdings {
		s.Positions = append(s.Positions, positionState(&holdings[k], list))
	}
	for _, o := range working {
		if orders {
			s.Orders = append(s.Orders, orderState(o, list))
		}
	}
}

func positionState(h *engine.Holding, list []market.Instrument) PositionState {
	t := h.Trade
	return PositionState{
		Strategy: t.Strategy, Symbol: list[t.Instrument].Symbol, Side: t.Side(), Quantity: h.Quantity, Cost: h.Cost,
		Price: h.Price, Value: h.Price.Mul(h.Quantity), Unrealised: h.Unrealised(), Realised: h.Realised,
		Since: t.EntryTime(), Unsellable: h.Unsellable,
	}
}

func orderState(o *engine.Order, list []market.Instrument) OrderState {
	return OrderState{
		ID: o.ID.String(), Strategy: o.Strategy, Symbol: list[o.Instrument].Symbol, Side: o.Side.String(), Type: o.Type.String(),
		Quantity: o.Quantity, Quote: o.Quote, Price: o.Price, Stop: o.Stop, Filled: o.Filled, State: o.State.String(),
		Time: o.Time, Reason: o.Reason, Rule: o.Rule, End: o.End,
	}
}

// Say gives the session a word as Tell does, and does not wait for what becomes of it. A
// word that is said before the session runs is heard as soon as it hears any.
func (c *Control) Say(say market.Command, w market.Word) {
	t := &told{market.Event{Kind: market.KindCommand, Command: say, Instrument: market.NoInstrument, Word: &w}, make(chan struct{})}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.words = append(c.words, t)
	c.ring()
}
