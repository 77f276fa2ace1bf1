package backtest

import (
	"crypto/sha256"
	"encoding/json"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// Schema names the published form of a result. A field that changes its meaning
// changes the number.
const Schema = "signalman.backtest/1"

// Report is a result in its published form. Decimals are strings without exponent or
// trailing zeros; times are RFC 3339 in UTC.
type Report struct {
	Schema        string            `json:"schema"`
	Binary        string            `json:"binary,omitempty"`
	InputsHash    string            `json:"inputs_hash,omitempty"`
	ConfigHash    string            `json:"config_hash,omitempty"`
	ResultHash    string            `json:"result_hash,omitempty"`
	Seed          uint64            `json:"seed"`
	From          market.Time       `json:"from"` // open of the first execution bar
	To            market.Time       `json:"to"`   // close of the last
	Exec          map[string]string `json:"exec"` // execution interval by symbol
	Bars          int               `json:"bars"` // execution bars
	BarsPerSecond *float64          `json:"bars_per_second,omitempty"`
	Data          []DataLine        `json:"data,omitempty"` // what is odd about the bars; outside of the result hash
	StartEquity   decimal.Decimal   `json:"start_equity"`
	FinalEquity   decimal.Decimal   `json:"final_equity"`
	Flows         []FlowLine        `json:"flows,omitempty"`         // what moved without an order; the metrics leave it out
	RefusedFlows  []RefusedFlow     `json:"refused_flows,omitempty"` // what was to move and did not
	Signals       SignalCount       `json:"signals"`
	Synthetic     []string          `json:"synthetic,omitempty"` // sources in the history whose rows are made up; outside of the result hash
	Refusals      map[string]int    `json:"refusals"`            // orders refused, by rule
	Cuts          map[string]int    `json:"cuts,omitzero"`       // orders made smaller, by rule; outside of the result hash: their checks say so too
	Halts         []HaltLine        `json:"halts,omitempty"`     // outside of the result hash, and so are notices: what they did to orders is in it
	Notices       []NoticeLine      `json:"notices,omitempty"`
	Dust          map[string]string `json:"dust"` // left below one step, by asset
	Trades        []TradeLine       `json:"trades"`
	OpenPositions []PositionLine    `json:"open_positions"`
	Orders        []OrderLine       `json:"orders"`
	Equity        []EquityPoint     `json:"equity"`
	Metrics       Metrics           `json:"metrics"`
}

// DataLine is what a look at one series found that filled orders, of the bars of the run.
type DataLine struct {
	Venue      string        `json:"venue"`
	Symbol     string        `json:"symbol"`
	Interval   string        `json:"interval"`
	Bars       int           `json:"bars"`
	LeftOut    int           `json:"left_out"` // rows that were errors, where they were to be left out
	Gaps       int           `json:"gaps"`
	Missing    int64         `json:"missing_bars"`
	Known      int           `json:"gaps_in_outages"` // that an outage of the venue explains
	Jumps      int           `json:"jumps"`           // with spikes and changes of scale
	ZeroVolume int           `json:"zero_volume_runs"`
	Stale      int           `json:"stale_runs"` // of bars that are alike
	Unfinished int           `json:"unfinished"` // bars at the end that close after now
	Findings   []DataFinding `json:"findings"`   // the first of each kind
}

// DataFinding is one of the things that were found.
type DataFinding struct {
	Kind   string      `json:"kind"`
	From   market.Time `json:"from"` // open of the first bar concerned
	To     market.Time `json:"to"`   // close of the last one
	Bars   int64       `json:"bars"`
	Outage string      `json:"outage,omitempty"`
	Text   string      `json:"text"`
}

// FlowLine is a deposit, a withdrawal (negative), or a transfer, which names strategies:
// a missing one is what no strategy has.
type FlowLine struct {
	Time   market.Time     `json:"time"`
	Asset  string          `json:"asset"`
	Amount decimal.Decimal `json:"amount"`
	From   string          `json:"from,omitempty"`
	To     string          `json:"to,omitempty"`
}

// RefusedFlow is a flow that was not made, and why.
type RefusedFlow struct {
	FlowLine
	Reason string `json:"reason"`
}

// SignalCount counts the signal rows that decisions read, by how it was known when
// they could be acted on.
type SignalCount struct {
	Observed int `json:"observed"`
	Assumed  int `json:"assumed"`
}

// TradeLine is one closed trade.
type TradeLine struct {
	Strategy   string          `json:"strategy"`
	Symbol     string          `json:"symbol"`
	Side       string          `json:"side"`
	EntryTime  market.Time     `json:"entry_time"`
	EntryPrice decimal.Decimal `json:"entry_price"`
	ExitTime   market.Time     `json:"exit_time"`
	ExitPrice  decimal.Decimal `json:"exit_price"`
	Quantity   decimal.Decimal `json:"quantity"`
	Fees       []FeeLine       `json:"fees"`
	FeesQuote  decimal.Decimal `json:"fees_quote"`
	Funding    decimal.Decimal `json:"funding,omitzero"` // of a perpetual: received less paid; part of pnl
	PnL        decimal.Decimal `json:"pnl"`

	EntryReason string   `json:"entry_reason"` // of the order that opened it
	Reason      string   `json:"reason"`       // of the order that closed it
	EntryOrders []string `json:"entry_orders"` // ids, in the order of their first fill
	ExitOrders  []string `json:"exit_orders"`

	Bars int       `json:"bars"`
	MAE  float64   `json:"mae"`
	MFE  float64   `json:"mfe"`
	Lots []LotLine `json:"lots,omitempty"` // where they were asked for; outside of the result hash
}

// LotLine is the part of an entry that part of an exit closed, first in, first out.
type LotLine struct {
	EntryTime  market.Time     `json:"entry_time"`
	EntryPrice decimal.Decimal `json:"entry_price"`
	ExitTime   market.Time     `json:"exit_time"`
	ExitPrice  decimal.Decimal `json:"exit_price"`
	Quantity   decimal.Decimal `json:"quantity"`
	PnL        decimal.Decimal `json:"pnl"`
	Dust       bool            `json:"dust,omitempty"` // left over by earlier trades
}

// FeeLine is the sum of the fees paid in one asset.
type FeeLine struct {
	Asset  string          `json:"asset"`
	Amount decimal.Decimal `json:"amount"`
}

// PositionLine is a position that is open at the end.
type PositionLine struct {
	Strategy   string          `json:"strategy"`
	Symbol     string          `json:"symbol"`
	Side       string          `json:"side"`
	EntryTime  market.Time     `json:"entry_time"`
	EntryPrice decimal.Decimal `json:"entry_price"`
	Quantity   decimal.Decimal `json:"quantity"` // long or short, as side says
	Cost       decimal.Decimal `json:"cost"`     // for a short position what its sale brought
	Price      decimal.Decimal `json:"price"`    // last close
	Unrealised decimal.Decimal `json:"unrealised"`
	Realised   decimal.Decimal `json:"realised,omitzero"` // by sales of a part, by funding, and by the fees that are in no cost
	Unsellable bool            `json:"unsellable"`

	EntryReason string   `json:"entry_reason"` // as of a trade
	EntryOrders []string `json:"entry_orders"`
	ExitOrders  []string `json:"exit_orders"`
}

// OrderLine is one order with its fills.
type OrderLine struct {
	ID         string          `json:"id"`
	Time       market.Time     `json:"time"`
	Symbol     string          `json:"symbol"`
	Side       string          `json:"side"`
	Type       string          `json:"type"`
	Quantity   decimal.Decimal `json:"quantity"`
	Quote      decimal.Decimal `json:"quote"`
	Price      decimal.Decimal `json:"price,omitzero"`
	Stop       decimal.Decimal `json:"stop,omitzero"`
	Trail      string          `json:"trail,omitempty"`   // of a trailing stop: "5 price", "5 percent", "50 bps"
	Activate   decimal.Decimal `json:"activate,omitzero"` // of a trailing stop
	TIF        string          `json:"tif,omitempty"`     // where it is not gtc
	Expire     market.Time     `json:"expire,omitzero"`   // of gtd
	PostOnly   bool            `json:"post_only,omitempty"`
	ReduceOnly bool            `json:"reduce_only,omitempty"`
	Status     string          `json:"status"`
	Reason     string          `json:"reason"` // how it ended; where it filled or works, what it was made for
	Fills      []FillLine      `json:"fills"`
	*OrderTrace
}

// OrderTrace is why there is an order, and what it belongs to: nil where there is nothing
// to say, as of most orders of a strategy without rules and signals.
type OrderTrace struct {
	Intent   string             `json:"intent,omitempty"` // what it was made for, where reason says how it ended
	Rule     string             `json:"rule,omitempty"`   // that made it
	Parent   string             `json:"parent,omitempty"`
	Group    string             `json:"group,omitempty"`
	Profile  string             `json:"profile,omitempty"`
	Replaces string             `json:"replaces,omitempty"`
	Checks   []market.Check     `json:"checks,omitempty"`  // the sizer and the rules that looked at it, in order
	Refused  *market.Refusal    `json:"refused,omitempty"` // who refused it
	Inputs   []market.SignalRef `json:"inputs,omitempty"`  // signal rows that the strategy read in the instant
}

// FillLine is one fill.
type FillLine struct {
	Time     market.Time     `json:"time"`
	Price    decimal.Decimal `json:"price"`
	Quantity decimal.Decimal `json:"quantity"`
	Fee      decimal.Decimal `json:"fee"`
	FeeAsset string          `json:"fee_asset"`
	Maker    bool            `json:"maker"`
}

// EquityPoint is a sample of the account's equity; in JSON a pair of time and amount.
type EquityPoint engine.Sample

// MarshalJSON writes the pair.
func (p EquityPoint) MarshalJSON() ([]byte, error) { return p.append(nil), nil }

func (p EquityPoint) append(b []byte) []byte {
	b = append(appendTime(append(b, '['), p.Time), ',')
	return append(strconv.AppendFloat(b, p.Equity, 'f', -1, 64), ']')
}

// UnmarshalJSON reads the pair.
func (p *EquityPoint) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[2]any{&p.Time, &p.Equity})
}

// Identity says what ran, for the head of a report.
type Identity struct {
	Binary string
	Inputs market.Hash
	Config market.Hash
	Seed   uint64
	From   market.Time
	To     market.Time
}

// EquityDetail says which equity samples a report shows.
type EquityDetail string

// The details. The result hash always covers the daily samples.
const (
	EquityDaily EquityDetail = "day"
	EquityBars  EquityDetail = "bar"
	EquityNone  EquityDetail = "none"
)

// NewReport makes the published form of a result. elapsed is the time inside the
// engine's loop; 0 where it was not measured.
func NewReport(id Identity, r *engine.Result, elapsed time.Duration, show EquityDetail) (*Report, error) {
	p := &Report{
		Schema: Schema, Seed: id.Seed, From: id.From, To: id.To, Exec: map[string]string{}, Bars: r.Bars,
		StartEquity: r.Start, FinalEquity: r.Final, Signals: SignalCount{r.Observed, r.Assumed},
		Refusals: counts(r.Refusals), Dust: map[string]string{}, Equity: points(r.Curve.Daily),
		Trades: []TradeLine{}, OpenPositions: []PositionLine{}, Orders: []OrderLine{},
	}
	period := market.Day
	for i, d := range r.Execution {
		if d > 0 {
			p.Exec[r.Instruments[i].Symbol] = d.String()
			period = max(period, market.Time(d))
		}
	}
	p.Metrics = measure(r.Curve, period)
	for _, d := range r.Dust {
		p.Dust[d.Asset] = d.Quantity.String()
	}
	for _, f := range r.Flows {
		p.Flows = append(p.Flows, FlowLine{f.Time, f.Asset, f.Amount, f.From, f.To})
	}
	for _, f := range r.NotMoved {
		p.RefusedFlows = append(p.RefusedFlows, RefusedFlow{FlowLine{f.Time, f.Asset, f.Amount, f.From, f.To}, f.Why})
	}
	p.addLines(r)
	return p, p.seal(id, r, elapsed, show)
}

// seal hashes the result, then adds what the hash leaves out.
func (p *Report) seal(id Identity, r *engine.Result, elapsed time.Duration, show EquityDetail) error {
	b, err := p.JSON()
	if err != nil {
		return err
	}
	p.ResultHash = market.Hash(sha256.Sum256(b)).String()
	p.Binary, p.InputsHash, p.ConfigHash = id.Binary, id.Inputs.String(), id.Config.String()
	speed := 0.0
	if elapsed > 0 {
		speed = float64(r.Bars) / elapsed.Seconds()
	}
	p.BarsPerSecond, p.Cuts = &speed, counts(r.Cuts)
	p.addNotices(r)
	switch show {
	case EquityBars:
		p.Equity = points(r.Curve.Instants)
	case EquityNone:
		p.Equity = []EquityPoint{}
	}
	return nil
}

func points(s []engine.Sample) []EquityPoint {
	list := make([]EquityPoint, len(s))
	for i := range s {
		list[i] = EquityPoint(s[i])
	}
	return list
}

func (p *Report) addLines(r *engine.Result) {
	for _, t := range r.Trades {
		p.Trades = append(p.Trades, tradeLine(t, &r.Instruments[t.Instrument]))
	}
	for i := range r.Open {
		p.OpenPositions = append(p.OpenPositions, positionLine(&r.Open[i], r.Instruments[r.Open[i].Trade.Instrument].Symbol))
	}
	for _, o := range r.Orders {
		p.Orders = append(p.Orders, orderLine(o, r.Instruments[o.Instrument].Symbol))
	}
}

func positionLine(h *engine.Holding, symbol string) PositionLine {
	price, _ := engine.Average(h.Trade.Entries)
	return PositionLine{
		Strategy: h.Trade.Strategy, Symbol: symbol, Side: h.Trade.Side(), EntryTime: h.Trade.EntryTime(), EntryPrice: price,
		Quantity: h.Quantity.Abs(), Cost: h.Cost.Abs(), Price: h.Price, Unrealised: h.Unrealised(), Realised: h.Realised, Unsellable: h.Unsellable,
		EntryReason: h.Trade.EntryReason(), EntryOrders: texts(h.Trade.Entered()), ExitOrders: texts(h.Trade.Exited()),
	}
}

func tradeLine(t *engine.Trade, in *market.Instrument) TradeLine {
	l := TradeLine{
		Strategy: t.Strategy, Symbol: in.Symbol, Side: t.Side(), EntryTime: t.EntryTime(), ExitTime: t.ExitTime(),
		Funding: t.Funding, PnL: t.Profit(in), Reason: t.Reason, Bars: t.Bars(), Fees: []FeeLine{},
		EntryReason: t.EntryReason(), EntryOrders: texts(t.Entered()), ExitOrders: texts(t.Exited()),
	}
	l.EntryPrice, _ = engine.Average(t.Entries)
	l.ExitPrice, l.Quantity = engine.Average(t.Exits)
	base, quote, total := t.Fees(in)
	l.FeesQuote = total
	if t.Third != nil && t.Third.Asset == in.Base { // of sales of the asset that pays fees
		base = base.Add(t.Third.Quantity)
	}
	for _, f := range [2]FeeLine{{in.Base, base}, {in.Quote, quote}} {
		if !f.Amount.IsZero() {
			l.Fees = append(l.Fees, f)
		}
	}
	if third := t.Third; third != nil && third.Asset != in.Base {
		l.Fees = append(l.Fees, FeeLine{third.Asset, third.Quantity})
	}
	l.MAE, l.MFE = t.Excursions()
	return l
}

// AddLots shows the lots of each closed trade of the result that the report was made of.
func (p *Report) AddLots(r *engine.Result) {
	for i, t := range r.Trades {
		for _, l := range t.Lots(&r.Instruments[t.Instrument]) {
			p.Trades[i].Lots = append(p.Trades[i].Lots, LotLine(l))
		}
	}
}

func texts(ids []market.OrderID) []string {
	list := make([]string, len(ids))
	for i := range ids {
		list[i] = ids[i].String()
	}
	return list
}

func orderLine(o *engine.Order, symbol string) OrderLine {
	l := OrderLine{
		ID: o.ID.String(), Time: o.Time, Symbol: symbol, Side: o.Side.String(), Type: o.Type.String(),
		Quantity: o.Quantity, Quote: o.Quote, Price: o.Price, Stop: o.Stop, PostOnly: o.PostOnly, ReduceOnly: o.ReduceOnly, Status: o.State.String(), Reason: o.Reason, Fills: []FillLine{},
		OrderTrace: orderTrace(o),
	}
	if o.End != "" {
		l.Reason = o.End
	}
	if o.Type == market.TrailingStop {
		l.Trail, l.Activate = o.Trail.By.String()+" "+o.Trail.Unit.String(), o.Trail.Activate
	}
	if o.TIF != market.GTC {
		l.TIF, l.Expire = o.TIF.String(), o.Expire
	}
	for _, f := range o.Fills {
		l.Fills = append(l.Fills, FillLine{f.Time, f.Price, f.Quantity, f.Fee, f.FeeAsset, f.Maker})
	}
	return l
}

func orderTrace(o *engine.Order) *OrderTrace {
	linked := o.Profile != market.Unlinked || o.Replaces.Sequence > 0
	if o.Why == nil && o.End == "" && o.Rule == "" && !linked {
		return nil
	}
	t := &OrderTrace{Rule: o.Rule}
	if o.End != "" {
		t.Intent = o.Reason
	}
	if linked {
		t.Parent, t.Group, t.Replaces = o.Parent.String(), o.Group, o.Replaces.String()
	}
	if o.Profile != market.Unlinked {
		t.Profile = o.Profile.String()
	}
	if w := o.Why; w != nil {
		t.Checks, t.Refused, t.Inputs = w.Checks, w.Refused, w.Inputs
	}
	return t
}

func counts(list []engine.Count) map[string]int {
	m := map[string]int{}
	for _, c := range list {
		m[c.Rule] = c.N
	}
	return m
}
