package venue

import (
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// futures is what the USD-M side has beside spot's: positions, conditional orders, income,
// the listen key, count-downs. It is the side's voice. Positions and wallets follow each
// fill in its turn, so that an event says what was true then, and what the account has is
// what its fills have told. Fills of one instant may be told in another order than that in
// which the simulator filled them: cash and quantities are the simulator's after it, what the
// positions cost, and with it what was realised, need not be until they are closed.
type futures struct {
	side       *side
	positions  []position                 // by instrument
	wallets    map[string]decimal.Decimal // by asset: what was paid in, gains, fees and fundings
	algos      []*algo                    // oldest first: ID firstAlgo+n is at n
	algoNames  map[string]*algo           // the newest of each client id
	waiting    []*algo                    // those that wait for their trigger, and some that no longer do
	incomes    []income
	key        listenKey
	countdowns map[market.InstrumentID]*timer
	called     map[market.InstrumentID]bool // of whom a margin call was sent
	updated    market.Time                  // of the account
}

// position is what the account has of a perpetual.
type position struct {
	quantity decimal.Decimal // negative: short
	cost     decimal.Decimal // with its sign
	realised decimal.Decimal // of all time, fees left out
	updated  market.Time
}

func newFutures(s *side, l *Listing) *futures {
	f := &futures{side: s, positions: make([]position, len(s.books)), wallets: map[string]decimal.Decimal{}, algoNames: map[string]*algo{},
		countdowns: map[market.InstrumentID]*timer{}, called: map[market.InstrumentID]bool{}, updated: s.at}
	for _, asset := range s.marginAssets() {
		f.wallets[asset] = l.Balances[asset]
	}
	return f
}

// marginAssets returns the quote assets, by name.
func (s *side) marginAssets() (list []string) {
	for _, b := range s.books {
		if i, ok := slices.BinarySearch(list, b.Quote); !ok {
			list = slices.Insert(list, i, b.Quote)
		}
	}
	return list
}

// mark is the price at which positions count: the last one.
func (s *side) mark(b *book) decimal.Decimal {
	if b.last.OpenTime == 0 {
		return decimal.Zero
	}
	return market.Price(b.last.Close, b.scale)
}

// order tells what became of an order, of a position that was liquidated, or of one that
// was funded.
func (f *futures) order(s *side, o *order, e *execution) {
	if e.funding != nil {
		f.fund(e)
		return
	}
	if o == nil {
		o = f.liquidate(e)
	}
	if o.algo != nil && !f.algoSpeaks(o, e) {
		return
	}
	if e.trade != nil {
		f.book(e)
		f.publishAccount(e.at, o.book)
	}
	f.publishOrder(e)
	if e.trade != nil {
		f.publishTrade(e)
	}
	if o.algo != nil {
		f.algoFollows(o, e)
	}
}

// book lets a fill change position and wallet.
func (f *futures) book(e *execution) {
	t, b := e.trade, e.order.book
	p := &f.positions[b.ID]
	signed := t.quantity
	if e.order.want.Side == market.Sell {
		signed = signed.Neg()
	}
	t.pnl = p.fill(signed, t.price, e.at)
	f.wallets[b.Quote] = f.wallets[b.Quote].Add(t.pnl).Sub(t.fee)
	f.updated = e.at
	trade := strconv.FormatInt(t.id, 10)
	fee := "COMMISSION"
	if strings.HasPrefix(e.order.client, liquidation) {
		fee = "INSURANCE_CLEAR"
	}
	if !t.pnl.IsZero() {
		f.earn(income{kind: "REALIZED_PNL", asset: b.Quote, amount: t.pnl, symbol: b.Symbol, info: trade, trade: trade, at: e.at})
	}
	if !t.fee.IsZero() {
		f.earn(income{kind: fee, asset: t.feeAsset, amount: t.fee.Neg(), symbol: b.Symbol, info: trade, trade: trade, at: e.at})
	}
}

// fill trades a quantity with its sign, and returns what that realised. The cost of what is
// closed is its share of the whole, as the simulator and the ledger have it (semantics M3).
func (p *position) fill(signed, price decimal.Decimal, at market.Time) (pnl decimal.Decimal) {
	p.updated = at
	opens := signed
	if p.quantity.Sign()*signed.Sign() < 0 {
		closes := decimal.Min(signed.Abs(), p.quantity.Abs())
		share := market.Share(p.cost, closes, p.quantity.Abs())
		if signed.IsNegative() {
			closes = closes.Neg()
		}
		pnl = closes.Neg().Mul(price).Sub(share)
		p.cost, p.quantity = p.cost.Sub(share), p.quantity.Add(closes)
		opens = signed.Sub(closes)
	}
	p.quantity, p.cost = p.quantity.Add(opens), p.cost.Add(opens.Mul(price))
	p.realised = p.realised.Add(pnl)
	return pnl
}

// entry is the average price of a position, to 12 decimals.
func (p *position) entry() decimal.Decimal {
	if p.quantity.IsZero() {
		return decimal.Zero
	}
	return market.Divide(p.cost, p.quantity, 12)
}

// fund books a funding: longs pay where its rate is above 0.
func (f *futures) fund(e *execution) {
	b := e.book
	p := &f.positions[b.ID]
	if p.quantity.IsZero() {
		return
	}
	mark := e.funding.Mark
	if mark.IsZero() {
		mark = f.side.mark(b)
	}
	amount := p.quantity.Mul(mark).Mul(e.funding.Rate).Neg()
	f.wallets[b.Quote] = f.wallets[b.Quote].Add(amount)
	f.updated = e.at
	f.earn(income{kind: "FUNDING_FEE", asset: b.Quote, amount: amount, symbol: b.Symbol, at: e.at})
	f.publishFunding(e.at, b, amount)
}

// liquidation begins the client id of an order with which the venue closes a position.
const liquidation = "autoclose-"

// liquidate makes the order with which the venue has closed a position.
func (f *futures) liquidate(e *execution) *order {
	s, fill, way := f.side, e.update.Fill, market.Sell
	if f.positions[e.book.ID].quantity.IsNegative() {
		way = market.Buy
	}
	o := &order{id: int64(len(s.orders)) + 1, client: liquidation + strconv.FormatInt(e.at.Millis(), 10), book: e.book, kind: "LIQUIDATION", tif: "IOC",
		created: e.at, updated: e.at, working: e.at, stp: "NONE",
		want: market.Order{Instrument: e.book.ID, Side: way, Type: market.Limit, TIF: market.IOC, Price: fill.Price, Quantity: fill.Quantity}}
	s.orders = append(s.orders, o)
	s.clients[o.client] = o
	e.order, e.client = o, o.client
	s.fill(o, e)
	e.kind = "CALCULATED"
	return o
}

// account finds what moved a wallet without an order or a funding, a deposit or a
// withdrawal, and tells of it.
func (f *futures) account(s *side, at market.Time, assets ...string) {
	for _, asset := range assets {
		was, ok := f.wallets[asset]
		diff := f.simulated(asset).Sub(was)
		if !ok || diff.IsZero() {
			continue
		}
		f.wallets[asset], f.updated = was.Add(diff), at
		f.earn(income{kind: "TRANSFER", asset: asset, amount: diff, info: "TRANSFER", at: at})
		f.publishDeposit(at, asset, diff)
	}
}

// simulated returns the wallet with the simulator's cash: what positions cost, which is no
// loss, is as it was told, or what another order of fills realised would seem to be paid in.
func (f *futures) simulated(asset string) decimal.Decimal {
	total := f.side.sim.Balance(asset)
	for _, b := range f.side.books {
		if b.Quote == asset {
			total = total.Add(f.positions[b.ID].cost)
		}
		if b.Base == asset { // Balance counts the position as if it were held
			total = total.Sub(f.side.sim.Position(b.ID).Quantity)
		}
	}
	return total
}

// income is one thing that moved a wallet.
type income struct {
	id     int64
	kind   string // COMMISSION, REALIZED_PNL, FUNDING_FEE, INSURANCE_CLEAR or TRANSFER
	asset  string
	amount decimal.Decimal
	symbol string
	info   string
	trade  string
	at     market.Time
}

func (f *futures) earn(i income) {
	i.id = int64(len(f.incomes)) + 1
	f.incomes = append(f.incomes, i)
}

// settled is told when all of an instant has been told: conditional orders may have
// become limit orders, and positions may have come close to their liquidation.
func (f *futures) settled() {
	f.triggered(f.side.venue.clock.now)
	f.callMargin(f.side.venue.clock.now)
}
