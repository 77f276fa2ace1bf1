package binance

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// tableHead is what the header of a symbol table starts with.
const tableHead = "market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size,market_ticker"

// tablePrecision is that of both assets, which the table does not say.
const tablePrecision = 8

// ParseSymbolTable reads the rows of Binance in LEAN's table of symbol properties (a
// header and market,symbol,type,description,quote_currency,contract_multiplier,
// minimum_price_variation,lot_size,market_ticker,minimum_order_size): ticks, steps and
// least notionals, of spot and of futures. It has no date, and knows no other filters.
// What [ParseExchangeInfo] leaves out is left out here, too.
func ParseSymbolTable(b []byte) ([]ExchangeInfo, error) {
	if !IsSymbolTable(b) {
		return nil, tableError(1, errors.New("the header is not that of a symbol table"))
	}
	both := []ExchangeInfo{{Venue: Spot}, {Venue: USDM}}
	seen := map[[2]string]bool{}
	r := csv.NewReader(bytes.NewReader(b))
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	for n := 0; ; n++ {
		row, err := r.Read()
		if err == io.EOF {
			return used(both)
		}
		if err != nil {
			return nil, tableError(n+1, err)
		}
		line, _ := r.FieldPos(0)
		switch {
		case n > maxSymbols:
			return nil, tableError(line, fmt.Errorf("more than %d symbols", maxSymbols))
		case n == 0 || row[0] != "binance":
			continue
		case len(row) < 9:
			return nil, tableError(line, fmt.Errorf("%d columns, where 9 or more are expected", len(row)))
		}
		info := &both[0]
		if row[2] == "cryptofuture" {
			info = &both[1]
		}
		in, err := tableRow(info.Venue, row)
		if err == nil && seen[[2]string{info.Venue, in.Symbol}] {
			err = errors.New("it is listed twice")
		}
		if err != nil {
			info.Skipped = append(info.Skipped, Skipped{row[8], strings.TrimPrefix(err.Error(), "instrument "+row[8]+": ")})
			continue
		}
		seen[[2]string{info.Venue, in.Symbol}] = true
		info.Instruments = append(info.Instruments, in)
	}
}

// IsSymbolTable reports whether a file is what ParseSymbolTable reads.
func IsSymbolTable(b []byte) bool { return bytes.HasPrefix(b, []byte(tableHead)) }

func tableError(line int, err error) error {
	return &market.Error{Class: market.Data, Where: fmt.Sprintf("line %d", line), Err: err, Hint: "the columns are " + tableHead}
}

// used drops the venues of which the table has nothing.
func used(both []ExchangeInfo) ([]ExchangeInfo, error) {
	both = slices.DeleteFunc(both, func(info ExchangeInfo) bool { return len(info.Instruments)+len(info.Skipped) == 0 })
	if len(both) == 0 {
		return nil, tableError(1, errors.New("it has no symbol of binance"))
	}
	for _, info := range both {
		slices.SortFunc(info.Instruments, func(a, b market.Instrument) int { return strings.Compare(a.Symbol, b.Symbol) })
	}
	return both, nil
}

func tableRow(venue string, row []string) (market.Instrument, error) {
	in := market.Instrument{Venue: venue, Symbol: strings.Clone(row[8]), Quote: strings.Clone(row[4]), BasePrecision: tablePrecision, QuotePrecision: tablePrecision}
	base, ok := strings.CutSuffix(strings.Clone(row[1]), in.Quote)
	switch {
	case row[2] != "crypto" && row[2] != "cryptofuture":
		return in, fmt.Errorf("%q is no pair and no perpetual", row[2])
	case !ok:
		return in, fmt.Errorf("its symbol %q does not end in its quote %q", row[1], row[4])
	case row[5] != "1":
		return in, errors.New("it is margined in coin, not in quote")
	}
	in.Base = base
	var tick, step, least amount
	err := errors.Join(tick.UnmarshalJSON([]byte(row[6])), step.UnmarshalJSON([]byte(row[7])))
	if len(row) > 9 && row[9] != "" {
		err = errors.Join(err, least.UnmarshalJSON([]byte(row[9])))
	}
	if err != nil {
		return in, err
	}
	in.Tick, in.Step, in.MinQuantity, in.MinNotional = tick.Decimal, step.Decimal, step.Decimal, least.Decimal
	in.Fees.InQuote = venue == USDM // the fee of a liquidation is not known: Margin stays nil
	return in, listable(in)
}
