package datacheck

import (
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// An Outage is a time in which a venue is known to have traded nothing. It covers From to
// To; where it is known from coarser bars than minutes alone, it may have begun and ended
// up to Grain outside of them.
type Outage struct {
	Name     string
	From, To market.Time
	Grain    market.Interval // of the bars that showed it
}

// spot are the hours, or where bars of a minute were at hand the minutes, without a bar
// of BTCUSDT on Binance's spot market from its start on 2017-08-17 to 2025-12-31.
// Recordings by several hands agree on them, on other symbols too.
var spot = outages(`
2017-09-06T17 2017-09-06T23
2018-01-04T04 2018-01-04T05
2018-02-08T01 2018-02-09T10
2018-06-26T02 2018-06-26T12
2018-06-27T13 2018-06-27T14
2018-07-04T01 2018-07-04T08
2018-10-19T06 2018-10-19T09
2018-11-14T02 2018-11-14T09
2019-03-12T02 2019-03-12T08
2019-05-15T03 2019-05-15T13
2019-08-15T02 2019-08-15T10
2019-11-13T02 2019-11-13T04
2019-11-25T02 2019-11-25T04
2020-02-09T02 2020-02-09T03
2020-02-19T12 2020-02-19T17
2020-03-04T10 2020-03-04T11
2020-04-25T02 2020-04-25T04
2020-06-28T02 2020-06-28T05
2020-11-30T06 2020-11-30T07
2020-12-21T14 2020-12-21T18
2020-12-25T02 2020-12-25T03
2021-02-11T04 2021-02-11T05
2021-03-06T02 2021-03-06T03
2021-04-20T02:00 2021-04-20T04:30
2021-04-25T04:01 2021-04-25T08:45
2021-08-13T02 2021-08-13T06
2021-09-29T07 2021-09-29T09
2023-03-24T13 2023-03-24T14
`)

// Outages returns the known outages of a venue, as the store names it, by time. There is
// a list for "binance", the spot market, alone.
func Outages(venue string) []Outage {
	if venue == "binance" {
		return spot
	}
	return nil
}

// outages reads a table of outages of Binance's spot market.
func outages(table string) []Outage {
	var list []Outage
	for line := range strings.Lines(strings.TrimSpace(table)) {
		from, to, _ := strings.Cut(strings.TrimSpace(line), " ")
		o := Outage{Name: "Binance spot halt of " + from[:len(time.DateOnly)], Grain: market.Hour}
		if strings.Contains(from, ":") {
			o.Grain = market.Minute
		}
		o.From, o.To = moment(from), moment(to)
		list = append(list, o)
	}
	return list
}

// moment reads an hour or a minute of the table.
func moment(s string) market.Time {
	t, err := market.ParseTime(s + "2006-01-02T15:00:00Z"[len(s):])
	if err != nil {
		panic("datacheck: " + err.Error())
	}
	return t
}

// explain names the outage in which a gap lies, or none.
func explain(known []Outage, from, to market.Time) string {
	for _, o := range known {
		if from > o.From-market.Time(o.Grain) && to < o.To+market.Time(o.Grain) {
			return o.Name
		}
	}
	return ""
}
