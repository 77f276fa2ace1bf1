package barfile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
)

const signalDay = market.Duration(24 * time.Hour)

// A signalLayout is a published layout that its header alone tells.
type signalLayout struct {
	name    string
	header  string // what it begins with
	source  string // of all rows; empty where the file or whoever imports it says
	subject market.Subject
	columns SignalColumns
	news    bool            // the value is newsScore of three columns
	lag     market.Duration // of rows without a known time; 0 is not known
	least   market.Duration // a shorter lag would be look-ahead
	why     string
}

// signalLayouts are the layouts that need no description. docs/signals.md lists them.
var signalLayouts = []signalLayout{
	{
		name: "Token Metrics trader grades", source: "tokenmetrics",
		header: "DATE,Open,High,Low,Close,Volume,TA_GRADE,QUANT_GRADE,TM_TRADER_GRADE",
		columns: SignalColumns{
			Of:     map[string]string{"effective": "DATE"},
			Values: []SignalValue{{"ta_grade", "TA_GRADE"}, {"quant_grade", "QUANT_GRADE"}, {"trader_grade", "TM_TRADER_GRADE"}},
		},
		lag: signalDay, least: signalDay, why: "a grade dated by a day already knows that day",
	},
	{
		name: "CoinMarketCap fear and greed, as first seen", source: "coinmarketcap", subject: market.MarketWide,
		header: "signal_ts_s,observed_at_s,score,label,btc_price,btc_volume_24h,backfill",
		columns: SignalColumns{
			Of:     map[string]string{"effective": "signal_ts_s", "known": "observed_at_s", "backfill": "backfill"},
			Values: []SignalValue{{"fear_greed", "score"}},
		},
		lag: signalDay,
	},
	{
		name: "a score a day", header: "date,score",
		columns: SignalColumns{Of: map[string]string{"effective": "date", "value": "score"}},
	},
	{
		name: "CryptoPulse counts of headlines", source: "cryptopulse", subject: market.MarketWide,
		header:  "date,open,high,low,close,volume,positive,negative,neutral",
		columns: SignalColumns{Of: map[string]string{"effective": "date"}, Values: []SignalValue{{"sentiment", "positive"}}},
		news:    true,
		lag:     signalDay, least: signalDay, why: "a day's headlines are counted at its end",
	},
	{
		name:   "LLM arena decisions",
		header: "ts,model,run,coin,signal,confidence",
		columns: SignalColumns{
			Of:     map[string]string{"effective": "ts", "source": "run", "subject": "coin"},
			Values: []SignalValue{{"decision", "signal"}, {"confidence", "confidence"}},
			Words:  map[string]string{"buy": "1", "hold": "0", "close_position": "-1"},
		},
		lag: market.Duration(4 * time.Hour),
	},
}

// layoutOf returns the layout of a header, or nil. Columns behind those of the layout are
// passed over, unless they say what it does not expect of a file: who, about what, when.
func layoutOf(fields []string) *signalLayout {
	for i := range signalLayouts {
		head := strings.Split(signalLayouts[i].header, ",")
		if len(fields) < len(head) || !slices.Equal(fields[:len(head)], head) {
			continue
		}
		if !slices.ContainsFunc(fields[len(head):], func(name string) bool { return slices.Contains(signalNames[:], strings.ToLower(name)) }) {
			return &signalLayouts[i]
		}
	}
	return nil
}

// apply reads a file in this layout, whose defaults give way to what is said for it.
func (l *signalLayout) apply(p *signalParser, fields []string) (*signalPlan, *fault) {
	o := &p.options
	for _, said := range [...][2]string{{"source", o.Source}, {"subject", string(o.Subject)}} {
		if column := l.columns.Of[said[0]]; said[1] != "" && column != "" {
			return nil, faultf("leave it out", "the %s is said twice: in this layout (%s) each row has its own, in column %s", said[0], l.name, quote(column))
		}
	}
	o.Source, o.Subject = or(o.Source, l.source), market.Subject(or(string(o.Subject), string(l.subject)))
	switch {
	case o.Lag == nil && l.lag > 0:
		lag := l.lag
		o.Lag, p.sum.Lag = &lag, lag
	case o.Lag != nil && *o.Lag < l.least:
		return nil, faultf(fmt.Sprintf("the least is %s: %s", l.least, l.why), "a lag of %s is look-ahead in this layout (%s)", *o.Lag, l.name)
	}
	p.sum.Layout = l.name
	plan, f := foreignPlan(fields, &l.columns, o.Kind)
	if f == nil && l.news {
		plan.values[0].at = []int{plan.keys["positive"], plan.keys["negative"], plan.keys["neutral"]}
		plan.values[0].score = newsScore
	}
	return plan, f
}

// newsScore makes a score of a day's counts of headlines: (positive − negative) ÷ all, from
// −1 to 1, and null where there was no news.
func newsScore(counts []string) (string, *fault) {
	var n [3]int64
	for i, name := range [...]string{"positive", "negative", "neutral"} {
		v, err := strconv.ParseUint(counts[i], 10, 31)
		if err != nil {
			return "", faultf("a count is a whole number", "%s %s is not a count of headlines", name, quote(counts[i]))
		}
		n[i] = int64(v)
	}
	all := n[0] + n[1] + n[2]
	if all == 0 {
		return "", nil
	}
	return strconv.FormatFloat(float64(n[0]-n[1])/float64(all), 'g', -1, 64), nil
}
