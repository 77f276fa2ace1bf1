package venue

import (
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Amounts in events are written without zeros at the end, as USD-M writes them.

// orderEvent is ORDER_TRADE_UPDATE.
type orderEvent struct {
	Event string         `json:"e"`
	Time  int64          `json:"E"`
	At    int64          `json:"T"`
	Order orderEventBody `json:"o"`
}

type orderEventBody struct {
	Symbol       string  `json:"s"`
	Client       string  `json:"c"`
	Side         string  `json:"S"`
	Type         string  `json:"o"`
	TIF          string  `json:"f"`
	Quantity     string  `json:"q"`
	Price        string  `json:"p"`
	Average      string  `json:"ap"`
	Stop         string  `json:"sp"`
	Kind         string  `json:"x"`
	Status       string  `json:"X"`
	ID           int64   `json:"i"`
	LastQuantity string  `json:"l"`
	Executed     string  `json:"z"`
	LastPrice    string  `json:"L"`
	FeeAsset     *string `json:"N,omitempty"`
	Fee          *string `json:"n,omitempty"`
	At           int64   `json:"T"`
	Trade        int64   `json:"t"`
	Bids         string  `json:"b"`
	Asks         string  `json:"a"`
	Maker        bool    `json:"m"`
	ReduceOnly   bool    `json:"R"`
	WorkingType  string  `json:"wt"`
	OrigType     string  `json:"ot"`
	PositionSide string  `json:"ps"`
	Close        bool    `json:"cp"`
	Protect      bool    `json:"pP"`
	Si           int     `json:"si"`
	Ss           int     `json:"ss"`
	Realised     string  `json:"rp"`
	STP          string  `json:"V"`
	PriceMatch   string  `json:"pm"`
	GoodTill     int64   `json:"gtd"`
	Expiry       string  `json:"er,omitempty"`
}

// tell publishes an event to the private streams.
func (f *futures) tell(at market.Time, event any) {
	f.side.venue.hub.publish(userTopic(true), at, event)
}

// now is the time of events: they are sent when they become known.
func (f *futures) now() int64 { return (f.side.venue.clock.now + f.side.venue.clock.skew).Millis() }

// publishOrder tells what became of an order, which stands as it is after it.
func (f *futures) publishOrder(e *execution) {
	o, t := e.order, e.trade
	body := orderEventBody{
		Symbol: o.book.Symbol, Client: o.client, Side: spotSide(o.want.Side), Type: o.kind, TIF: o.tif, Quantity: o.want.Quantity.String(), Price: o.want.Price.String(),
		Average: o.average().String(), Stop: "0", Kind: e.kind, Status: o.status, ID: o.id, LastQuantity: "0", Executed: o.executed.String(), LastPrice: "0",
		At: e.at.Millis(), Bids: "0", Asks: "0", ReduceOnly: o.want.ReduceOnly, WorkingType: "CONTRACT_PRICE", OrigType: o.kind, PositionSide: "BOTH",
		Close: o.algo != nil && o.algo.whole, Realised: "0", STP: o.stp, PriceMatch: "NONE", GoodTill: o.goodTill(), Expiry: o.expiry,
	}
	if e.kind == "REPLACED" {
		body.Kind = "AMENDMENT"
	}
	if t != nil {
		fee := t.fee.String()
		body.LastQuantity, body.LastPrice, body.Trade, body.Maker = t.quantity.String(), t.price.String(), t.id, t.maker
		body.Realised, body.FeeAsset, body.Fee = t.pnl.String(), &t.feeAsset, &fee
	}
	f.tell(e.at, orderEvent{"ORDER_TRADE_UPDATE", f.now(), e.at.Millis(), body})
}

// publishTrade tells a fill in few words.
func (f *futures) publishTrade(e *execution) {
	o, t := e.order, e.trade
	f.tell(e.at, struct {
		Event        string `json:"e"`
		Time         int64  `json:"E"`
		At           int64  `json:"T"`
		Symbol       string `json:"s"`
		Quantity     string `json:"q"`
		Price        string `json:"p"`
		Maker        bool   `json:"m"`
		Client       string `json:"c"`
		Side         string `json:"S"`
		LastPrice    string `json:"L"`
		LastQuantity string `json:"l"`
		Trade        int64  `json:"t"`
		ID           int64  `json:"i"`
	}{"TRADE_LITE", f.now(), e.at.Millis(), o.book.Symbol, o.want.Quantity.String(), o.want.Price.String(), t.maker, o.client, spotSide(o.want.Side),
		t.price.String(), t.quantity.String(), t.id, o.id})
}

// algoEventBody is what ALGO_UPDATE says.
type algoEventBody struct {
	Client       string `json:"caid"`
	ID           int64  `json:"aid"`
	AlgoType     string `json:"at"`
	Type         string `json:"o"`
	Symbol       string `json:"s"`
	Side         string `json:"S"`
	PositionSide string `json:"ps"`
	TIF          string `json:"f"`
	Quantity     string `json:"q"`
	Status       string `json:"X"`
	ActualID     string `json:"ai"`
	Average      string `json:"ap"`
	Executed     string `json:"aq"`
	ActualType   string `json:"act"`
	Trigger      string `json:"tp"`
	Price        string `json:"p"`
	STP          string `json:"V"`
	WorkingType  string `json:"wt"`
	PriceMatch   string `json:"pm"`
	Close        bool   `json:"cp"`
	Protect      bool   `json:"pP"`
	ReduceOnly   bool   `json:"R"`
	Triggered    int64  `json:"tt"`
	GoodTill     int64  `json:"gtd"`
	Reason       string `json:"rm,omitempty"`
	Active       bool   `json:"ia"`
}

// publishAlgo tells where a conditional order stands.
func (f *futures) publishAlgo(a *algo, at market.Time) {
	a.updated = at
	o := a.order
	body := algoEventBody{
		Client: a.client, ID: a.id, AlgoType: "CONDITIONAL", Type: a.kind, Symbol: o.book.Symbol, Side: spotSide(o.want.Side), PositionSide: "BOTH", TIF: o.tif,
		Quantity: a.quantity().String(), Status: a.status, Average: "0", Executed: "0", ActualType: "0", Trigger: o.want.Stop.String(), Price: o.want.Price.String(),
		STP: o.stp, WorkingType: a.working, PriceMatch: "NONE", Close: a.whole, Protect: a.protect, ReduceOnly: o.want.ReduceOnly, GoodTill: o.goodTill(), Reason: a.reason,
		Active: f.side.sim.Follows(o.want.ID),
	}
	if a.triggered > 0 {
		body.Triggered = a.triggered.Millis()
	}
	if a.status == "TRIGGERED" || a.status == "FINISHED" {
		body.ActualID, body.ActualType = strconv.FormatInt(o.id, 10), o.kind
		body.Average, body.Executed = o.average().String(), o.executed.String()
	}
	f.tell(at, struct {
		Event string        `json:"e"`
		At    int64         `json:"T"`
		Time  int64         `json:"E"`
		Algo  algoEventBody `json:"o"`
	}{"ALGO_UPDATE", at.Millis(), f.now(), body})
}

// balanceEvent and positionEvent are parts of ACCOUNT_UPDATE.
type balanceEvent struct {
	Asset  string `json:"a"`
	Wallet string `json:"wb"`
	Cross  string `json:"cw"`
	Change string `json:"bc"` // beside gains and fees
}

type positionEvent struct {
	Symbol       string `json:"s"`
	Quantity     string `json:"pa"`
	Entry        string `json:"ep"`
	BreakEven    string `json:"bep"`
	Realised     string `json:"cr"` // fees left out
	Unrealised   string `json:"up"`
	MarginType   string `json:"mt"`
	Isolated     string `json:"iw"`
	PositionSide string `json:"ps"`
}

// accountEvent is ACCOUNT_UPDATE.
type accountEvent struct {
	Event string `json:"e"`
	Time  int64  `json:"E"`
	At    int64  `json:"T"`
	What  struct {
		Reason    string          `json:"m"`
		Balances  []balanceEvent  `json:"B"`
		Positions []positionEvent `json:"P"`
		Symbol    string          `json:"S,omitempty"` // of FUNDING_FEE
	} `json:"a"`
}

func (f *futures) balance(asset string, change decimal.Decimal) balanceEvent {
	return balanceEvent{asset, money(f.wallets[asset]), money(f.crossWallet(asset)), change.String()}
}

func (f *futures) accountEvent(reason string, at market.Time) accountEvent {
	e := accountEvent{Event: "ACCOUNT_UPDATE", Time: f.now(), At: at.Millis()}
	e.What.Reason, e.What.Balances, e.What.Positions = reason, []balanceEvent{}, []positionEvent{}
	return e
}

// publishAccount tells what an order changed.
func (f *futures) publishAccount(at market.Time, b *book) {
	e := f.accountEvent("ORDER", at)
	e.What.Balances = append(e.What.Balances, f.balance(b.Quote, decimal.Zero))
	e.What.Positions = append(e.What.Positions, f.positionEvent(b))
	f.tell(at, e)
}

func (f *futures) positionEvent(b *book) positionEvent {
	p, s := &f.positions[b.ID], f.side.sim.Position(b.ID)
	return positionEvent{
		Symbol: b.Symbol, Quantity: p.quantity.String(), Entry: p.entry().String(), BreakEven: p.entry().String(), Realised: p.realised.String(),
		Unrealised: p.unrealised(f.side.mark(b)).String(), MarginType: marginWord(s.Margin.Isolated), Isolated: s.Isolated.String(), PositionSide: "BOTH",
	}
}

// unrealised is what a position would bring at a price beyond what it cost.
func (p *position) unrealised(price decimal.Decimal) decimal.Decimal {
	return p.quantity.Mul(price).Sub(p.cost)
}

// marginWord is what events and positions call the type of margin.
func marginWord(isolated bool) string {
	if isolated {
		return "isolated"
	}
	return "cross"
}

// publishFunding tells what a funding took or brought. It names the position only where
// that has a margin of its own.
func (f *futures) publishFunding(at market.Time, b *book, amount decimal.Decimal) {
	e := f.accountEvent("FUNDING_FEE", at)
	e.What.Balances, e.What.Symbol = append(e.What.Balances, f.balance(b.Quote, amount)), b.Symbol
	if f.side.sim.Position(b.ID).Margin.Isolated {
		e.What.Positions = append(e.What.Positions, f.positionEvent(b))
	}
	f.tell(at, e)
}

// publishDeposit tells what came into a wallet, or left it.
func (f *futures) publishDeposit(at market.Time, asset string, amount decimal.Decimal) {
	reason := "DEPOSIT"
	if amount.IsNegative() {
		reason = "WITHDRAW"
	}
	e := f.accountEvent(reason, at)
	e.What.Balances = append(e.What.Balances, f.balance(asset, amount))
	f.tell(at, e)
}

// publishLeverage tells that the leverage of an instrument was changed.
func (f *futures) publishLeverage(b *book, leverage int64) {
	type change struct {
		Symbol   string `json:"s"`
		Leverage int64  `json:"l"`
	}
	at := f.side.venue.clock.now
	f.tell(at, struct {
		Event  string `json:"e"`
		Time   int64  `json:"E"`
		At     int64  `json:"T"`
		Change change `json:"ac"`
	}{"ACCOUNT_CONFIG_UPDATE", f.now(), at.Millis(), change{b.Symbol, leverage}})
}

// dangerous is the share of the margin that maintenance takes when the venue warns. What
// Binance's is, is not known.
var dangerous = decimal.New(8, -1)

// callMargin warns once of each position that has come close to its liquidation.
func (f *futures) callMargin(at market.Time) {
	type call struct {
		Symbol       string `json:"s"`
		PositionSide string `json:"ps"`
		Quantity     string `json:"pa"`
		MarginType   string `json:"mt"`
		Isolated     string `json:"iw"`
		Mark         string `json:"mp"`
		Unrealised   string `json:"up"`
		Maintenance  string `json:"mm"`
	}
	var calls []call
	cross := decimal.Zero
	for _, b := range f.side.books {
		p := &f.positions[b.ID]
		if p.quantity.IsZero() {
			delete(f.called, b.ID)
			continue
		}
		s, mark := f.side.sim.Position(b.ID), f.side.mark(b)
		behind, needs := f.behind(b)
		if needs.LessThan(behind.Mul(dangerous)) {
			delete(f.called, b.ID)
			continue
		}
		if f.called[b.ID] {
			continue
		}
		f.called[b.ID], cross = true, f.crossWallet(b.Quote)
		calls = append(calls, call{b.Symbol, "BOTH", p.quantity.String(), marginUpper(s.Margin.Isolated), s.Isolated.String(), mark.String(),
			p.unrealised(mark).String(), s.Margin.Maintenance(p.quantity.Mul(mark).Abs()).String()})
	}
	if len(calls) == 0 {
		return
	}
	f.tell(at, struct {
		Event string `json:"e"`
		Time  int64  `json:"E"`
		Cross string `json:"cw"`
		Calls []call `json:"p"`
	}{"MARGIN_CALL", f.now(), cross.String(), calls})
}

func marginUpper(isolated bool) string {
	if isolated {
		return "ISOLATED"
	}
	return "CROSSED"
}
