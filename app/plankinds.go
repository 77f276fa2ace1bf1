package app

import (
	"fmt"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/store"
)

// A reading is which kinds are read, and by whom.
type reading struct {
	known bool // whether all readers could be asked
	by    map[market.SignalKind][]string
}

// any reports whether one of some kinds is read.
func (r *reading) any(kinds []market.SignalKind) bool { return len(r.of(kinds)) > 0 }

// of returns those of some kinds that are read; of a family, one that is read is enough.
func (r *reading) of(kinds []market.SignalKind) (list []market.SignalKind) {
	for _, k := range kinds {
		if r.reads(k) {
			list = append(list, k)
		}
	}
	return list
}

// reads reports whether somebody reads a kind, or one of a family.
func (r *reading) reads(k market.SignalKind) bool {
	for read := range r.by {
		if k.Covers(read) {
			return true
		}
	}
	return false
}

// kindsRead asks strategies and derived sources what they read, without any history: over
// instruments of which only the symbol is known.
func kindsRead(cfg *config.Config) (*reading, error) {
	r := &reading{known: true, by: map[market.SignalKind][]string{}}
	for i := range cfg.Sources {
		s := &cfg.Sources[i]
		if d, ok := s.Value.(signals.Reader); ok {
			for _, k := range d.Reads() {
				r.add(k, "signals."+s.Name)
			}
		} else if _, ok := s.Value.(signals.Deriver); ok {
			r.known = false
		}
	}
	for i := range cfg.Accounts {
		a := &cfg.Accounts[i]
		e, err := bareEngine(a)
		if err != nil {
			r.known = false
			return r, err
		}
		for _, s := range a.Strategies {
			for _, q := range e.SignalQueries(s.Name) {
				r.add(q.Kind, "strategy "+s.Name)
			}
			for _, q := range e.RuleSignals(s.Name) {
				r.add(q.Query.Kind, "rule "+q.Rule)
			}
		}
	}
	return r, nil
}

func (r *reading) add(k market.SignalKind, who string) {
	if !slices.Contains(r.by[k], who) {
		r.by[k] = append(r.by[k], who)
	}
}

// bareEngine initialises the strategies of an account.
func bareEngine(a *config.Account) (*engine.Engine, error) {
	trial := &account{config: a, history: bareHistory(a)}
	if err := trial.build(); err != nil {
		return nil, err
	}
	return engine.New(trial.engine)
}

// bareHistory is a history without bars of what an account trades.
func bareHistory(a *config.Account) *backtest.History {
	h := &backtest.History{}
	for _, symbol := range symbols(a) {
		base, quote, err := market.SplitSymbol(symbol)
		if err != nil {
			base, quote = symbol, "QUOTE"
		}
		in := market.Bare(symbol, base, quote)
		in.ID, in.Fees, in.Margin = market.InstrumentID(len(h.Instruments)), a.Fees, a.Margin
		h.Instruments = append(h.Instruments, in)
	}
	return h
}

// strangeAssets tells of assets that sources are asked about under the symbol of an
// instrument: strategies ask for its base.
func strangeAssets(cfg *config.Config) (list []string) {
	for i := range cfg.Accounts {
		for _, symbol := range symbols(&cfg.Accounts[i]) {
			base, _, err := market.SplitSymbol(symbol)
			for k := range cfg.Sources {
				s := &cfg.Sources[k]
				if err == nil && slices.Contains(subjectsOf(s.Value), market.Subject(symbol)) {
					list = append(list, fmt.Sprintf("signals.%s: %s is the symbol of an instrument: strategies ask for the asset %s", s.Name, symbol, base))
				}
			}
		}
	}
	return list
}

// bundled reports whether a history comes with the program, and has a kind.
func bundled(history string, k market.SignalKind) bool {
	if !builtIn(history) {
		return false
	}
	r, err := builtInHistory(history)
	if err != nil {
		return false
	}
	rows, err := r.Signals(store.SignalFilter{Kind: k})
	return err == nil && len(rows) > 0
}

// idleQuotas tells of quotas that nothing is charged to: a name may be mistyped.
func idleQuotas(cfg *config.Config) (list []string) {
	for i := range cfg.Quotas {
		name := cfg.Quotas[i].Name
		if !slices.ContainsFunc(cfg.Sources, func(s config.Source) bool { return s.Quota == name }) {
			list = append(list, fmt.Sprintf("quota %s: no source is charged to it", name))
		}
	}
	return list
}

// kindWarnings tells of kinds that come in and are not read, and of those that are read
// and do not come in.
func kindWarnings(cfg *config.Config, read *reading) (list []string) {
	var brought []market.SignalKind
	whole := true
	for i := range cfg.Sources {
		s := &cfg.Sources[i]
		speaker, ok := s.Value.(interface{ Kinds() []market.SignalKind })
		if !ok {
			continue
		}
		kinds := speaker.Kinds()
		whole = whole && len(kinds) > 0
		var idle []string
		for _, k := range kinds {
			brought = append(brought, k)
			if s.Quota != "" && read.known && !read.reads(k) {
				idle = append(idle, string(k))
			}
		}
		if len(idle) > 0 {
			list = append(list, fmt.Sprintf("signals.%s: no strategy reads %s", s.Name, strings.Join(idle, ", ")))
		}
	}
	if !whole {
		return list // a source that does not say what it brings may bring any
	}
	var missing []string
	for k, who := range read.by {
		if !slices.ContainsFunc(brought, func(b market.SignalKind) bool { return b.Covers(k) }) && !bundled(cfg.History, k) {
			missing = append(missing, fmt.Sprintf("no source brings %s, which %s reads: it must be in the history", k, strings.Join(who, ", ")))
		}
	}
	slices.Sort(missing)
	return append(list, missing...)
}
