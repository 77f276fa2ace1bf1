package observe

import (
	"context"
	"maps"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
)

// register makes the registry.
func (o *Observer) register() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(o, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, h := range o.histograms { //order-free: a registry sorts
		r.MustRegister(h)
	}
	return r
}

// Describe tells Prometheus what there is.
func (o *Observer) Describe(to chan<- *prometheus.Desc) {
	for _, d := range o.descs { //order-free: a registry sorts
		to <- d
	}
}

// samples are what one collection found.
type samples struct {
	*Observer
	to chan<- prometheus.Metric
}

// Collect tells Prometheus how the session does.
func (o *Observer) Collect(to chan<- prometheus.Metric) {
	s := samples{o, to}
	snapshot, up := o.look(context.Background())
	if snapshot != nil {
		s.standing(snapshot)
	}
	s.gauge(loopUp, truth(up))
	s.gauge(ready, truth(len(o.waits(snapshot, up)) == 0))
	s.gauge(unsyncedBytes, float64(o.unsyncedBytes.Load()))
	s.gauge(unsynced, float64(o.unsynced.Load()))
	s.gauge(buildInfo, 1, o.Version, o.Mode, o.Account)
	s.known()
	s.outside()
}

func (s samples) gauge(name string, v float64, labels ...string) {
	s.to <- prometheus.MustNewConstMetric(s.descs[name], prometheus.GaugeValue, v, labels...)
}

func (s samples) counter(name string, n int, labels ...string) {
	s.to <- prometheus.MustNewConstMetric(s.descs[name], prometheus.CounterValue, float64(n), labels...)
}

// standing tells of money, positions and orders.
func (s samples) standing(x *live.Snapshot) {
	s.gauge(equity, market.Float(x.Account.Equity), x.Account.Quote)
	s.gauge(cash, market.Float(x.Account.Cash), x.Account.Quote)
	s.gauge(engineTime, seconds(x.Account.Time))
	quantity, value := map[string]decimal.Decimal{}, map[string]decimal.Decimal{}
	faulty, states := 0, map[string]int{"pending": 0, "accepted": 0, "partial": 0}
	for i := range x.Strategies {
		t := &x.Strategies[i]
		s.gauge(strategyEquity, market.Float(t.Equity), t.Name)
		for _, symbol := range t.Symbols {
			quantity[symbol], value[symbol] = decimal.Zero, decimal.Zero
		}
		if t.Fault != "" {
			faulty++
		}
	}
	for i := range x.Positions {
		p := &x.Positions[i]
		quantity[p.Symbol], value[p.Symbol] = quantity[p.Symbol].Add(p.Quantity), value[p.Symbol].Add(p.Value)
	}
	for symbol, q := range quantity { //order-free: a registry sorts
		s.gauge(position, market.Float(q), symbol)
		s.gauge(positionValue, market.Float(value[symbol]), symbol)
	}
	for i := range x.Orders {
		states[x.Orders[i].State]++
	}
	for state, n := range states { //order-free: a registry sorts
		s.gauge(orders, float64(n), state)
	}
	s.gauge(stopped, float64(faulty))
	s.halts(x)
}

// halts tells of the halts that stand: a rule may have one of each scope.
func (s samples) halts(x *live.Snapshot) {
	seen := map[[4]string]bool{}
	for i := range x.Halts {
		h := &x.Halts[i]
		labels := [4]string{h.Scope, h.Rule, h.Symbol, h.Action}
		if seen[labels] {
			continue
		}
		seen[labels] = true
		s.gauge(halted, 1, labels[:]...)
		if h.Until > 0 {
			s.gauge(haltEnds, seconds(h.Until), labels[:]...)
		}
	}
}

// known tells what the observer was told.
func (s samples) known() {
	s.mu.Lock()
	counts, signals := maps.Clone(s.counts), maps.Clone(s.signals)
	unknowns, broken, venueAway, closed, begun := s.unknown, s.broken, !s.away.IsZero(), s.closed, s.opened
	s.mu.Unlock()
	for c, n := range counts { //order-free: a registry sorts
		labels := []string{c.a}
		if c.b != "" {
			labels = append(labels, c.b)
		}
		s.counter(c.name, n, labels...)
	}
	s.gauge(unknown, float64(unknowns))
	s.gauge(journalUp, truth(!broken))
	s.gauge(venueUp, truth(!venueAway))
	if begun.IsZero() {
		s.gauge(opened, 0)
	} else {
		s.gauge(opened, seconds(market.TimeOf(begun)))
	}
	if s.Replayed {
		return
	}
	now := market.TimeOf(s.Now())
	if closed > 0 {
		s.gauge(marketAge, seconds(now-closed))
	}
	for k, about := range signals { //order-free: a registry sorts
		s.gauge(signalAge, seconds(now-about), k.source, string(k.kind))
	}
}

// outside tells what others know.
func (s samples) outside() {
	if s.Credits != nil {
		for _, c := range s.Credits() {
			s.gauge(creditsLeft, float64(c.Calls), c.Provider)
		}
	}
	if s.Notified != nil {
		for _, n := range s.Notified() {
			s.counter(notifications, n.N, n.Name, n.Outcome)
		}
	}
	if s.Logged != nil {
		for _, l := range s.Logged() {
			s.counter(logged, l.N, l.Level)
		}
	}
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func seconds(t market.Time) float64 { return time.Duration(t).Seconds() }
