package observe

import "github.com/prometheus/client_golang/prometheus"

// A metric is one family that is served. Its help says the unit.
type metric struct {
	name   string
	kind   string // gauge, counter or histogram
	help   string
	labels []string
}

// The names that are set from more than one place.
const (
	equity          = "signalman_equity"
	cash            = "signalman_cash"
	strategyEquity  = "signalman_strategy_equity"
	position        = "signalman_position_quantity"
	positionValue   = "signalman_position_value"
	orders          = "signalman_orders"
	ordersEnded     = "signalman_orders_ended_total"
	decisions       = "signalman_decisions_total"
	refusals        = "signalman_refusals_total"
	cuts            = "signalman_cuts_total"
	fills           = "signalman_fills_total"
	halted          = "signalman_halted"
	haltEnds        = "signalman_halt_ends_timestamp_seconds"
	halts           = "signalman_halts_total"
	stopped         = "signalman_strategies_stopped"
	instantTime     = "signalman_instant_duration_seconds"
	commitTime      = "signalman_journal_commit_duration_seconds"
	toWire          = "signalman_decision_to_wire_seconds"
	toAck           = "signalman_wire_to_ack_seconds"
	feedLag         = "signalman_feed_lag_seconds"
	unsyncedBytes   = "signalman_journal_unsynced_bytes"
	unsynced        = "signalman_journal_unsynced_instants"
	journalUp       = "signalman_journal_up"
	engineTime      = "signalman_engine_time_seconds"
	marketAge       = "signalman_market_age_seconds"
	signalAge       = "signalman_signal_age_seconds"
	creditsLeft     = "signalman_credits_left"
	reconnects      = "signalman_reconnects_total"
	gaps            = "signalman_gaps_total"
	faults          = "signalman_venue_faults_total"
	venueUp         = "signalman_venue_up"
	unknown         = "signalman_unknown_outcomes"
	unknowns        = "signalman_unknown_outcomes_total"
	findings        = "signalman_reconcile_findings_total"
	loopUp          = "signalman_loop_up"
	ready           = "signalman_ready"
	notifications   = "signalman_notifications_total"
	logged          = "signalman_log_messages_total"
	buildInfo       = "signalman_build_info"
	opened          = "signalman_start_time_seconds"
	gauge           = "gauge"
	counter         = "counter"
	histogram       = "histogram"
	inQuote         = ", in the account's quote asset."
	sinceItsProcess = " since the process began."
)

// catalogue lists every metric of the session, in the order of docs/metrics.md. Beside them
// are those of the process and of the Go runtime, which client_golang defines.
var catalogue = []metric{
	{equity, gauge, "Cash and positions at the last close" + inQuote, []string{"asset"}},
	{cash, gauge, "Cash of the account, what working orders reserve included" + inQuote, []string{"asset"}},
	{strategyEquity, gauge, "Cash and positions of one strategy at the last close" + inQuote, []string{"strategy"}},
	{position, gauge, "What is held of a symbol by all strategies, in its base asset; negative where it is short.", []string{"symbol"}},
	{positionValue, gauge, "What is held of a symbol at its last close" + inQuote, []string{"symbol"}},
	{orders, gauge, "Orders that work, by their state.", []string{"state"}},
	{ordersEnded, counter, "Orders that ended, by their last state," + sinceItsProcess, []string{"state"}},
	{decisions, counter, "Decisions that left for the venue, by what they ask for," + sinceItsProcess, []string{"action"}},
	{refusals, counter, "Orders that a rule or the engine refused" + sinceItsProcess, []string{"rule"}},
	{cuts, counter, "Orders that a rule made smaller" + sinceItsProcess, []string{"rule"}},
	{fills, counter, "Fills" + sinceItsProcess, []string{"symbol"}},
	{halted, gauge, "1 for each halt of new risk that stands; symbol is empty where it is about all.", []string{"scope", "rule", "symbol", "action"}},
	{haltEnds, gauge, "When a halt that stands lifts by itself, in the session's time; no sample where it does not.", []string{"scope", "rule", "symbol", "action"}},
	{halts, counter, "Halts of new risk" + sinceItsProcess, []string{"scope", "rule"}},
	{stopped, gauge, "Strategies that ended with an error.", nil},
	{instantTime, histogram, "Seconds from an instant's events until the engine asks for the next.", nil},
	{commitTime, histogram, "Seconds of one commit of the journal; those with a decision wait for the disk.", nil},
	{toWire, histogram, "Seconds from an instant's events to the last byte of the request of an order that it decided, the journal's commit included.", nil},
	{toAck, histogram, "Seconds from the last byte of an order's request to the venue's answer.", nil},
	{feedLag, histogram, "Seconds from the time of an instant to when it is handed to the engine; not of replayed history.", nil},
	{unsyncedBytes, gauge, "Bytes of the journal that are committed and not on disk yet; none of them holds a decision.", nil},
	{unsynced, gauge, "Instants of the journal that are committed and not on disk yet.", nil},
	{journalUp, gauge, "0 once the journal could not be written, which ends the session.", nil},
	{engineTime, gauge, "Time of the last instant, in seconds since 1970.", nil},
	{marketAge, gauge, "Seconds since the newest bar closed; not of replayed history.", nil},
	{signalAge, gauge, "Seconds since what the newest row of a kind is about; not of replayed history.", []string{"source", "kind"}},
	{creditsLeft, gauge, "Calls that the budget of a provider still allows; missing where it has no limit.", []string{"provider"}},
	{reconnects, counter, "Times that a stream was connected anew" + sinceItsProcess, []string{"stream"}},
	{gaps, counter, "Spans in which a stream may have missed something" + sinceItsProcess, []string{"stream"}},
	{faults, counter, "Orders that the venue refused or that failed on their way" + sinceItsProcess, []string{"kind"}},
	{venueUp, gauge, "0 while the last request to the venue got no answer.", nil},
	{unknown, gauge, "Orders whose outcome is not known yet.", nil},
	{unknowns, counter, "Orders whose outcome became unknown, by why," + sinceItsProcess, []string{"cause"}},
	{findings, counter, "What comparing the account with the books has found (adopted, moved, absent, halt, lift or note)" + sinceItsProcess, []string{"finding"}},
	{loopUp, gauge, "1 where the trading loop answered in time, or there is none yet.", nil},
	{ready, gauge, "1 where the session trades and nothing is missing: what /readyz says.", nil},
	{notifications, counter, "Messages to people, by what became of them," + sinceItsProcess, []string{"name", "outcome"}},
	{logged, counter, "Lines of the log, by their level," + sinceItsProcess, []string{"level"}},
	{opened, gauge, "When the process began to trade, in seconds since 1970; 0 before.", nil},
	{buildInfo, gauge, "1, with what runs as labels.", []string{"version", "mode", "account"}},
}

// buckets are the bounds of a histogram, in seconds.
func buckets(name string) []float64 {
	switch name {
	case toAck, feedLag:
		return []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}
	}
	return []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5}
}

// build makes the descriptions and histograms of the catalogue.
func (o *Observer) build() {
	o.descs, o.histograms = map[string]*prometheus.Desc{}, map[string]prometheus.Histogram{}
	for _, m := range catalogue {
		if m.kind == histogram {
			o.histograms[m.name] = prometheus.NewHistogram(prometheus.HistogramOpts{Name: m.name, Help: m.help, Buckets: buckets(m.name)})
			continue
		}
		o.descs[m.name] = prometheus.NewDesc(m.name, m.help, m.labels, nil)
	}
}
