package backtest

import (
	"encoding/json"

	"github.com/shopspring/decimal"
)

// CostsSchema names the published form of a table of costs.
const CostsSchema = "signalman.costs/1"

// Costs compares runs whose fees and slippage are a multiple of those configured.
type Costs struct {
	Schema string `json:"schema"`
	Compared
	Runs      []CostRun `json:"runs"` // ×0, ×1, ×2
	BreakEven BreakEven `json:"break_even"`
}

// CostRun is one of the runs.
type CostRun struct {
	Multiple  decimal.Decimal `json:"multiple"`
	*Headline                 // nil where such costs are more than the price
}

// MarshalJSON writes null for each figure of costs that are not possible.
func (r CostRun) MarshalJSON() ([]byte, error) {
	type plain CostRun
	if r.Headline != nil {
		return json.Marshal(plain(r))
	}
	return json.Marshal(struct {
		Multiple    decimal.Decimal `json:"multiple"`
		Exec        *struct{}       `json:"exec"`
		FinalEquity *struct{}       `json:"final_equity"`
		TotalReturn *struct{}       `json:"total_return"`
		MaxDrawdown *struct{}       `json:"max_drawdown"`
		FeesQuote   *struct{}       `json:"fees_quote"`
		Orders      *struct{}       `json:"orders"`
		Fills       *struct{}       `json:"fills"`
		Trades      *struct{}       `json:"trades"`
		ResultHash  *struct{}       `json:"result_hash"`
	}{Multiple: r.Multiple})
}

// BreakEven is the multiple of the costs at which a run neither wins nor loses. Equity
// need not fall evenly as costs rise: there may be others, and one is found.
type BreakEven struct {
	Outcome string           `json:"outcome"`
	Low     *decimal.Decimal `json:"low"`   // the run still wins here, and
	High    *decimal.Decimal `json:"high"`  // no more here; at most 0.01 apart; null unless found
	Limit   decimal.Decimal  `json:"limit"` // the largest multiple that is tried
	Runs    int              `json:"runs"`  // that it took, with those of the table
}

// The outcomes of a search for the break-even.
const (
	BreakEvenFound   = "found"
	LosesAnyway      = "loses_without_costs"
	WinsAtTheLimit   = "profitable_at_limit"
	NothingWasTraded = "nothing_traded"
	NoCosts          = "no_costs"
)

// hundredths is the tolerance of a break-even: multiples are searched in steps of 0.01.
const hundredths = 100

func multiple(n int64) decimal.Decimal { return decimal.New(n, -2) }

// Fill runs the table, and bisects for the break-even, up to a limit in hundredths that is
// at least 100: what is above it is not possible. It takes 3 runs, one at the limit, and
// one for each halving down to 0.01: 14 at most for a limit of 10.
func (c *Costs) Fill(limit int64, run func(multiple decimal.Decimal) (Headline, error)) error {
	b := &c.BreakEven
	b.Limit = multiple(limit)
	wins := func(n int64) (bool, error) {
		h, err := run(multiple(n))
		b.Runs++
		return h.gain.IsPositive(), err
	}
	for n := range int64(3) {
		if n*hundredths > limit {
			c.Runs = append(c.Runs, CostRun{Multiple: decimal.New(n, 0)})
			continue
		}
		h, err := run(multiple(n * hundredths))
		if err != nil {
			return err
		}
		b.Runs++
		c.Runs = append(c.Runs, CostRun{decimal.New(n, 0), &h})
	}
	low, high := c.bracket()
	if b.Outcome != "" {
		return nil
	}
	if high == 0 {
		if high = limit; low < limit {
			still, err := wins(high)
			if err != nil {
				return err
			}
			if !still {
				return c.bisect(low, high, wins)
			}
		}
		b.Outcome = WinsAtTheLimit
		return nil
	}
	return c.bisect(low, high, wins)
}

// bisect finds the break-even between a multiple that wins and one that does not.
func (c *Costs) bisect(low, high int64, wins func(int64) (bool, error)) error {
	for high-low > 1 {
		middle := (low + high) >> 1
		still, err := wins(middle)
		if err != nil {
			return err
		}
		if still {
			low = middle
		} else {
			high = middle
		}
	}
	b, from, to := &c.BreakEven, multiple(low), multiple(high)
	b.Outcome, b.Low, b.High = BreakEvenFound, &from, &to
	return nil
}

// bracket returns the multiples of the table between which the break-even falls, in
// hundredths, or sets the outcome. high is 0 where even the last
// run that is possible wins.
func (c *Costs) bracket() (low, high int64) {
	b, last := &c.BreakEven, len(c.Runs)-1
	for c.Runs[last].Headline == nil {
		last--
	}
	switch {
	case c.Runs[0].Fills == 0:
		b.Outcome = NothingWasTraded
	case c.Runs[0].ResultHash == c.Runs[last].ResultHash:
		b.Outcome = NoCosts
	case !c.Runs[0].gain.IsPositive():
		b.Outcome = LosesAnyway
	}
	for n := range last + 1 {
		if !c.Runs[n].gain.IsPositive() {
			return low, int64(n) * hundredths
		}
		low = int64(n) * hundredths
	}
	return low, 0
}
