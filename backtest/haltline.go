package backtest

import (
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// HaltLine is a halt of new risk, from when it began until it was lifted or renewed. One
// that is neither stands at the end.
type HaltLine struct {
	Rule    string      `json:"rule"`             // that made it, or what the operator did
	Scope   string      `json:"scope"`            // account, or a strategy's name
	Symbol  string      `json:"symbol,omitempty"` // the one that it is about; without it, all
	Side    string      `json:"side,omitempty"`   // long or short, where only one of them is stopped
	Action  string      `json:"action"`           // reduce_only, lock or flatten
	From    market.Time `json:"from"`
	Lifted  market.Time `json:"lifted,omitzero"`
	Renewed market.Time `json:"renewed,omitzero"` // when a longer or stricter one of the rule took its place
	Text    string      `json:"text"`             // what was measured
}

// NoticeLine is what a rule or the engine had to say beside halts.
type NoticeLine struct {
	Time  market.Time `json:"time"`
	Scope string      `json:"scope"` // account, or a strategy's name
	Text  string      `json:"text"`
}

// addNotices takes halts, each with its end, and the other notices.
func (p *Report) addNotices(r *engine.Result) {
	standing := map[string]int{} // place in Halts, by scope and name
	for i := range r.Notices {
		n := &r.Notices[i]
		if n.Halt == nil {
			p.Notices = append(p.Notices, NoticeLine{n.Time, n.Scope, n.Text})
			continue
		}
		l := haltLine(n, r.Instruments)
		key := l.Scope + "/" + l.Rule + "/" + l.Symbol + "/" + l.Side
		if k, ok := standing[key]; ok {
			if n.Lifted {
				p.Halts[k].Lifted = n.Time
			} else {
				p.Halts[k].Renewed = n.Time
			}
			delete(standing, key)
		}
		if !n.Lifted {
			standing[key] = len(p.Halts)
			p.Halts = append(p.Halts, l)
		}
	}
}

func haltLine(n *engine.Notice, instruments []market.Instrument) HaltLine {
	h := n.Halt
	l := HaltLine{Rule: h.Rule, Scope: n.Scope, Action: h.Action.String(), From: h.Time, Text: h.Text}
	if h.Instrument != market.NoInstrument {
		l.Symbol = instruments[h.Instrument].Symbol
	}
	switch h.Side {
	case market.Buy:
		l.Side = "long"
	case market.Sell:
		l.Side = "short"
	}
	return l
}
