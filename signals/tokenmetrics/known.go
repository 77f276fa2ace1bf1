package tokenmetrics

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A candidate is a token that a symbol may mean.
type candidate struct {
	ID   int64
	Name string // "" where it was not recorded
}

// knownTokens are ids seen in recorded answers of 2025. They are a help to fill in a
// configuration, no source of truth: a symbol may have come to mean more since.
var knownTokens = map[string][]candidate{
	"AAVE": {{4053, ""}}, "ADA": {{3315, ""}}, "APT": {{25467, ""}}, "ARB": {{28575, ""}}, "ATOM": {{3720, ""}},
	"AVAX": {{4015, ""}}, "BCH": {{3376, ""}}, "BITCOIN": {{29367, "HarryPotterObamaSonic10Inu"}}, "BNB": {{3312, ""}},
	"BONK": {{27649, ""}}, "BTC": {{3375, "Bitcoin"}}, "DOGE": {{3393, ""}, {38892, "Department Of Government Efficiency"}},
	"DOT": {{3924, ""}}, "EOS": {{3338, ""}}, "ETC": {{3388, ""}}, "ETH": {{3306, "Ethereum"}}, "FET": {{4041, ""}},
	"FIL": {{4017, ""}}, "HBAR": {{3903, ""}}, "INJ": {{4360, ""}}, "LINK": {{3796, ""}}, "LTC": {{3377, ""}}, "NEAR": {{4348, ""}},
	"OP": {{24256, ""}}, "PEPE": {{28902, ""}}, "POL": {{31463, ""}}, "RENDER": {{4139, ""}}, "SHIB": {{14934, ""}},
	"SOL": {{3988, ""}}, "SUI": {{25383, ""}}, "TAO": {{27502, ""}}, "TON": {{2037, "Toncoin"}, {3813, "Tokamak Network"}},
	"TRX": {{3119, ""}}, "UNI": {{4425, ""}}, "USDT": {{3379, ""}}, "WIF": {{32561, ""}}, "XLM": {{3380, ""}}, "XRP": {{3369, ""}},
}

// sharedSymbols are those of several tokens, with how many.
var sharedSymbols = map[string]int{"ANDY": 6, "DOGE": 2, "NEIRO": 4, "PEPE": 3, "TON": 2, "WOLF": 5}

// knownID returns the id of a symbol that only one token was seen to have.
func knownID(symbol string) (int64, error) {
	list, shared := knownTokens[symbol], sharedSymbols[symbol]
	switch {
	case shared > 1:
		return 0, usage(suggestion(symbol), fmt.Errorf("symbols: %s is ambiguous: %s", symbol, candidatesText(list, shared)))
	case len(list) == 0:
		return 0, usage(suggestion(symbol), fmt.Errorf("symbols: the id of %s is not known here", symbol))
	}
	return list[0].ID, nil
}

// candidatesText lists what a symbol may mean.
func candidatesText(list []candidate, of int) string {
	var parts []string
	for _, c := range list {
		parts = append(parts, strings.TrimSpace(strconv.FormatInt(c.ID, 10)+" "+c.Name))
	}
	if more := of - len(list); more > 0 && len(list) > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	} else if more > 0 {
		parts = append(parts, fmt.Sprintf("%d tokens have it", more))
	}
	return strings.Join(parts, ", ")
}

// suggestion says how to find the id of a symbol.
func suggestion(symbol string) string {
	list := knownTokens[symbol]
	if len(list) == 0 {
		return fmt.Sprintf("leave it out, look it up with 'signalman signals tokens %s', and write its id under tokens", symbol)
	}
	i := slices.IndexFunc(list, func(c candidate) bool { return c.Name != "" })
	return fmt.Sprintf("write the one you mean under tokens, such as %s = %d; 'signalman signals tokens %s' lists all", symbol, list[max(i, 0)].ID, symbol)
}

// Lookup asks which tokens have some symbols, by one call of /tokens: the largest first of
// each. It needs no more of the configuration than the key and how the API is spoken to.
func (c *Config) Lookup(ctx context.Context, symbols []string) ([]TokenDetails, error) {
	client, err := c.client(c.Key)
	if err != nil {
		return nil, err
	}
	asked := make([]string, len(symbols))
	for i, s := range symbols {
		asked[i] = strings.ToUpper(strings.TrimSpace(s))
	}
	var list []TokenDetails
	for page, err := range client.Tokens(ctx, TokensQuery{Symbols: asked, Pages: 1}) {
		if err != nil {
			return nil, err
		}
		list = append(list, page.Rows...)
	}
	slices.SortStableFunc(list, func(a, b TokenDetails) int {
		return cmp.Or(strings.Compare(strings.ToUpper(a.TokenSymbol), strings.ToUpper(b.TokenSymbol)),
			b.MarketCap.Decimal.Cmp(a.MarketCap.Decimal), cmp.Compare(a.TokenID, b.TokenID))
	})
	return list, nil
}
