package backtest

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// Compared says what ran, at the head of a comparison of runs.
type Compared struct {
	Binary      string          `json:"binary"`
	InputsHash  string          `json:"inputs_hash"`
	ConfigHash  string          `json:"config_hash"`
	Seed        uint64          `json:"seed"`
	From        market.Time     `json:"from"`
	To          market.Time     `json:"to"`
	StartEquity decimal.Decimal `json:"start_equity"`
}

// NewCompared makes it of one of the runs.
func NewCompared(id Identity, r *engine.Result) Compared {
	return Compared{id.Binary, id.Inputs.String(), id.Config.String(), id.Seed, id.From, id.To, r.Start}
}

// Headline is what a comparison of runs shows of each.
type Headline struct {
	Exec        map[string]string `json:"exec"` // execution interval by symbol
	FinalEquity decimal.Decimal   `json:"final_equity"`
	TotalReturn *float64          `json:"total_return"`
	MaxDrawdown *float64          `json:"max_drawdown"`
	FeesQuote   decimal.Decimal   `json:"fees_quote"` // of closed and open trades, each fee valued at its fill
	Orders      int               `json:"orders"`
	Fills       int               `json:"fills"`
	Trades      int               `json:"trades"`
	ResultHash  string            `json:"result_hash"`

	gain decimal.Decimal // of equity, without what moved in or out
}

// NewHeadline sums up a run.
func NewHeadline(p *Report, r *engine.Result) Headline {
	h := Headline{
		Exec: p.Exec, FinalEquity: p.FinalEquity, TotalReturn: p.Metrics.TotalReturn, MaxDrawdown: p.Metrics.MaxDrawdown,
		Orders: len(p.Orders), Trades: len(p.Trades), ResultHash: p.ResultHash, gain: r.Profit(),
	}
	for _, o := range r.Orders {
		h.Fills += len(o.Fills)
	}
	add := func(t *engine.Trade) {
		_, _, fees := t.Fees(&r.Instruments[t.Instrument])
		h.FeesQuote = h.FeesQuote.Add(fees)
	}
	for _, t := range r.Trades {
		add(t)
	}
	for i := range r.Open {
		add(r.Open[i].Trade)
	}
	return h
}
