package exchangetest

import (
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// Case is one thing that must hold of an adapter.
type Case struct {
	Name string // "orders/limit-rests-and-fills"
	Doc  string // one line: what is played, and what must come of it
	Says string // the sentence of the contract that it proves
	only kind
	plan func(*Plan)
	run  func(*trial)
}

// kind is what a case trades.
type kind int

const (
	either kind = iota
	spot
	perpetual
)

// Cases returns all cases, by name within their groups.
func Cases() []Case {
	return slices.Concat(
		marketCases(), streamCases(), reconnectCases(),
		orderCases(), triggerCases(), forceCases(), cancelCases(), filterCases(), rejectionCases(),
		timeoutCases(), contextCases(),
		accountCases(), fillCases(), updateCases(), namingCases(), reconciliationCases(),
		concurrencyCases(), linkedCases(), amendCases(), deadmanCases(), perpetualCases(),
	)
}

// moves lets the market of a case go through closes.
func moves(closes ...string) func(*Plan) {
	return func(p *Plan) {
		for _, c := range closes {
			p.Closes = append(p.Closes, dec(c))
		}
	}
}

// lists changes the instrument of a case.
func lists(f func(*market.Instrument)) func(*Plan) { return func(p *Plan) { f(&p.Instrument) } }
