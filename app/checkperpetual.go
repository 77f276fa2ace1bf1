package app

import (
	"fmt"
	"io"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// checkedPerpetual is what check says of one perpetual future.
type checkedPerpetual struct {
	Symbol   string          `json:"symbol"`
	Leverage decimal.Decimal `json:"leverage"`
	Margin   string          `json:"margin"`  // cross or isolated
	Netting  bool            `json:"netting"` // strategies may share it
	FeesIn   string          `json:"fees_in"` // the asset that pays fees
	Fundings int             `json:"fundings"`
	First    market.Time     `json:"first_funding,omitzero"`
	Last     market.Time     `json:"last_funding,omitzero"`
	From     string          `json:"fundings_from,omitempty"` // the store, or files
}

// checkPerpetuals lists the perpetual futures of an account.
func checkPerpetuals(a *account) (list []checkedPerpetual) {
	for k := range a.history.Instruments {
		in := &a.history.Instruments[k]
		if !in.Perpetual() {
			continue
		}
		p := checkedPerpetual{Symbol: in.Symbol, Leverage: in.Margin.Leverage, Margin: "cross", Netting: a.config.Netting, FeesIn: in.Quote}
		if in.Margin.Isolated {
			p.Margin = "isolated"
		}
		times, _, _ := a.fundings(in.ID)
		if p.Fundings = len(times); p.Fundings > 0 {
			p.First, p.Last, p.From = times[0], times[len(times)-1], a.rates[k]
		}
		list = append(list, p)
	}
	return list
}

// printPerpetuals prints them, and the brackets of their margin.
func printPerpetuals(w io.Writer, a *account) {
	list := checkPerpetuals(a)
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(w, "\nPERPETUAL\tLEVERAGE\tMARGIN\tNETTING\tFEES IN\tFUNDINGS")
	for _, p := range list {
		found := "none"
		if p.Fundings > 0 {
			found = fmt.Sprintf("%d, from %s to %s, of %s", p.Fundings, p.First, p.Last, p.From)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%t\t%s\t%s\n", p.Symbol, p.Leverage, p.Margin, p.Netting, p.FeesIn, found)
	}
	if slices.ContainsFunc(list, func(p checkedPerpetual) bool { return p.Fundings == 0 }) {
		fmt.Fprint(w, "store fundings with 'signalman data fetch --market usdm --kind funding',\nor name files with funding = [] in the account\n")
	}
	fmt.Fprintln(w, "\nNOTIONAL TO\tMAX LEVERAGE\tMAINTENANCE MARGIN")
	for _, b := range a.config.Margin.Brackets {
		to, most, rate := "any", "any", b.Rate.String()+" of the notional"
		if b.Cap.IsPositive() {
			to = b.Cap.String() + " " + list[0].FeesIn
		}
		if b.MaxLeverage.IsPositive() {
			most = b.MaxLeverage.String()
		}
		if b.Deduction.IsPositive() {
			rate += fmt.Sprintf(" less %s %s", b.Deduction, list[0].FeesIn)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", to, most, rate)
	}
}
