package tokenmetrics

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ChatMessage is one turn of a talk: what the user said, or the chat bot.
type ChatMessage struct {
	User    string `json:"user,omitempty" tm:"USER"`
	Chatbot string `json:"chatbot,omitempty" tm:"CHATBOT"`
}

// ChatQuery is a talk so far.
type ChatQuery struct {
	Messages []ChatMessage // the last is the question
}

// Chat is what /tmai answered.
type Chat struct {
	Answer string
	Thread []ChatMessage
	Raw    []byte // the answer as it came, unzipped
}

var tmai = &endpoint{path: "tmai", status: "current, in v2 only", absent: "v3", post: true}

func (ChatQuery) endpoint() *endpoint { return tmai }

// TMAI asks POST /tmai: a chat bot's answer. V2 only; current. It can take 20 seconds.
// The answer stands at the top of the document, or in data as one client reads it.
func (c *Client) TMAI(ctx context.Context, q ChatQuery) (Chat, error) {
	body, err := json.Marshal(map[string][]ChatMessage{"messages": q.Messages})
	if err != nil {
		return Chat{}, err
	}
	a, err := c.single(ctx, q, body)
	if err != nil {
		return Chat{}, err
	}
	from := a.extra
	if _, ok := from["answer"]; !ok && len(a.data) > 0 {
		err = json.Unmarshal(a.data, &from)
	}
	chat := Chat{Raw: a.raw}
	err = errors.Join(err, json.Unmarshal(from["answer"], &chat.Answer))
	if thread, ok := from["thread"]; ok {
		err = errors.Join(err, json.Unmarshal(thread, &chat.Thread))
	}
	if err != nil {
		return Chat{}, malformed(tmai, 200, fmt.Errorf("it has no answer that can be read: %w", err), a.raw)
	}
	return chat, nil
}

// ChartQuery asks for a picture. Which parameters a chart takes is documented for all of
// them together only.
type ChartQuery struct {
	Name         string   // one of [Charts]
	TokenIDs     []int64  `param:"token_id"`
	Category     string   `param:"category"`     // trader, investor
	TimeFrame    string   `param:"timeFrame"`    // 1W, 1M, 3M, Y, YTD, MAX
	ChartFilters []string `param:"chartFilters"` // names of lines
}

// Chart is a picture's address.
type Chart struct {
	URL string // a PNG
	Raw []byte // the answer as it came, unzipped
}

// charts are the charts there were in April 2025.
const charts = `token-details-price-charts indices-index-allocation-charts indices-roi-charts
	market-percent-of-bullish-vs-bearish-charts market-bull-and-bear-charts market-percent-of-bullish-tm-grades
	market-tm-grade-signal bitcoin-vs-altcoin-season-charts annualized-historical-volatility-charts
	total-market-crypto-cap-charts market-movers-charts resistance-and-support-charts`

// Charts lists the names of the charts, sorted.
func Charts() []string { return slices.Sorted(strings.FieldsSeq(charts)) }

func (q ChartQuery) endpoint() *endpoint {
	e := &endpoint{path: q.Name, status: legacyState, absent: "v3", params: "token_id category timeFrame chartFilters"}
	if !slices.Contains(Charts(), q.Name) {
		e.absent = "v1 v2-legacy v2 v3"
	}
	return e
}

// Chart asks for one of twelve charts by its name. V2 until mid-2025; probably gone. Of no
// use to a bot.
func (c *Client) Chart(ctx context.Context, q ChartQuery) (Chart, error) {
	a, err := c.single(ctx, q, nil)
	if err != nil {
		return Chart{}, err
	}
	chart := Chart{Raw: a.raw}
	if err := json.Unmarshal(a.extra["chartUrl"], &chart.URL); err != nil || chart.URL == "" {
		return Chart{}, malformed(q.endpoint(), 200, errors.New("it has no chartUrl"), a.raw)
	}
	return chart, nil
}
