package tokenmetrics

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Generation is one of the ways in which the API has spoken. The zero value is [V2].
type Generation string

// The generations. V2 is the default, since it is the one whose parameters and rows are
// documented and measured, and its trading signals carry the trader and the investor
// grade; of V3 the spelling of parameters, the limits and most rows are unverified.
const (
	V1       Generation = "v1"        // 2023: known are its address, its header, and that symbols are sent as tokens; not asked for pages
	V2Legacy Generation = "v2-legacy" // until about May 2025: pages from 0, 1000 rows
	V2       Generation = "v2"        // since May 2025: x-api-key, pages from 1, at most 100 rows
	V3       Generation = "v3"        // since September 2025: names in lower snake case
)

// Settings are what tells generations apart. [Options] can override each.
type Settings struct {
	BaseURL   string // without a slash at its end
	Header    string // the header of the key
	FirstPage int
	PageSize  int // the rows asked for: the most there may be, since a call costs the same
	// Names maps the documented name of a parameter to the name that is sent, where that
	// is another.
	Names map[string]string
}

// snake is how V3's parameters are sent, as the vendor's app for Pipedream does. Whether
// the API takes the names of V2 too is unverified.
var snake = map[string]string{
	"startDate": "start_date", "endDate": "end_date", "marketcap": "market_cap", "indicesType": "indices_type",
}

var generations = map[Generation]Settings{
	V1:       {BaseURL: "https://alpha.data-api.tokenmetrics.com/v1", Header: "api_key", FirstPage: 0, PageSize: 1000, Names: map[string]string{"symbol": "tokens"}},
	V2Legacy: {BaseURL: "https://api.tokenmetrics.com/v2", Header: "api_key", FirstPage: 0, PageSize: 1000},
	V2:       {BaseURL: "https://api.tokenmetrics.com/v2", Header: "x-api-key", FirstPage: 1, PageSize: 100},
	V3:       {BaseURL: "https://api.tokenmetrics.com/v3", Header: "x-api-key", FirstPage: 1, PageSize: 100, Names: snake},
}

// Generations lists the generations, oldest first.
func Generations() []Generation { return []Generation{V1, V2Legacy, V2, V3} }

// Settings returns the defaults of g. A generation that is unknown is an error that lists
// those there are.
func (g Generation) Settings() (Settings, error) {
	if g == "" {
		g = V2
	}
	s, ok := generations[g]
	if !ok {
		names := slices.Collect(func(yield func(string) bool) {
			for _, g := range Generations() {
				if !yield(string(g)) {
					return
				}
			}
		})
		return s, fmt.Errorf("generation %q is unknown: there are %s", string(g), strings.Join(names, ", "))
	}
	s.Names = maps.Clone(s.Names)
	return s, nil
}
