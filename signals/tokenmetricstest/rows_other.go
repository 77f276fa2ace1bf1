package tokenmetricstest

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"strconv"

	"github.com/signalman-trading/signalman/market"
)

func reportRows(a *ask) iter.Seq[func() row] {
	return a.each(func(t *token) row {
		say := func(what string) string { return "## " + what + "\n\nMade-up text about " + t.Name + ".\n" }
		r := row{{"TOKEN_ID", t.ID}, {"TOKEN_SYMBOL", t.Symbol}, {"TOKEN_NAME", t.Name}}
		if a.v3 {
			r = append(r, field{"SLUG", t.slug()})
		}
		return append(r, field{"INVESTMENT_ANALYSIS_POINTER", say("In short")}, field{"INVESTMENT_ANALYSIS", say("Analysis")},
			field{"DEEP_DIVE", say("Deep dive")}, field{"CODE_REVIEW", say("Code review")})
	})
}

// backerRows are a few made-up investors, in the shape of the flow.
func backerRows(a *ask) iter.Seq[func() row] {
	var rows []row
	for k := range 30 {
		name := "Made-up Capital " + strconv.Itoa(k+1)
		x := func(part uint64) float64 { return chance(a.server.o.Seed, drawTexture, 9, uint64(k), part) }
		if a.legacy {
			rows = append(rows, row{{"INVESTOR", name}, {"INVESTOR_SCORE", 3 + int(8*x(1))}})
			continue
		}
		var site, median any = "https://example.com/" + strconv.Itoa(k+1), round(2*x(2), 4)
		if x(3) < 0.2 {
			site, median = nil, nil
		}
		rows = append(rows, row{{"INVESTOR_NAME", name}, {"INVESTOR_WEBSITE", site}, {"INVESTOR_TWITTER", nil},
			{"ROUND_COUNT", 1 + int(60*x(4))}, {"ROI_AVERAGE", round(5*x(5), 4)}, {"ROI_MEDIAN", median}})
	}
	return list(rows)
}

// moonshotRows are small tokens, each with at most one in a block of days: those of the
// present block are active.
func moonshotRows(a *ask) iter.Seq[func() row] {
	m, today := a.server.model, a.newest(a.server.model.snapshot)
	first, last := today/block, today/block
	if a.query.kind == "past" {
		first, last = first-1, last-6
	}
	var rows []row
	for b := first; b >= last; b-- {
		for _, t := range a.chosen() {
			if t.rank < 10 || chance(m.seed, drawTexture, uint64(t.ID), uint64(b)) > 0.4 {
				continue
			}
			begin := b*block + day(mix(m.seed, drawFlip, uint64(t.ID), uint64(b))%5)
			if begin <= today && begin >= t.since {
				rows = append(rows, a.moonshotRow(t, begin, b < today/block, today))
			}
		}
	}
	return list(rows)
}

func (a *ask) moonshotRow(t *token, begin day, over bool, today day) row {
	m, end := a.server.model, today
	var ended any
	if over {
		end = begin + 20
		ended = end.stamp()
	}
	text := func(x float64) string { return quoted(x).(string) }
	g := a.grades(t, end)
	change, _ := a.since24(t, end, func(g grades) float64 { return g.trader }).(float64)
	flip := m.trends(t).flip(m.trends(t).last(end))
	return row{{"TOKEN_NAME", t.Name}, {"TOKEN_SYMBOL", t.Symbol}, {"LAST_TRADING_SIGNAL_TIME", flip.stamp()}, {"MOONSHOT_AT", begin.stamp()},
		{"MOONSHOT_END_AT", ended}, {"MOONSHOT_ROI", round(100*(t.price(m.at(end))/t.price(m.at(begin))-1), 2)},
		{"TM_TRADER_GRADE", text(g.trader)}, {"TM_TRADER_GRADE_24H_PCT_CHANGE", text(change)},
		{"PRICE_CHANGE_PERCENTAGE_7D_IN_CURRENCY", text(round(100*(t.price(m.at(end))/t.price(m.at(end)-7*market.Day)-1), 2))},
		{"MARKET_CAP", text(t.cap(m.at(end)))}, {"VOLUME_24H", text(t.volume(m.at(end)))}}
}

// chat answers the last message of a user.
func chat(_ *ask, r *http.Request) (int, []byte) {
	var asked struct {
		Messages []map[string]string `json:"messages"`
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil || json.Unmarshal(body, &asked) != nil || len(asked.Messages) == 0 {
		return http.StatusBadRequest, []byte(badRequest)
	}
	question := asked.Messages[len(asked.Messages)-1]["user"]
	answer := "Made-up answer."
	var b bytes.Buffer
	row{{"success", true}, {"message", "AI Chatbot response successful"}, {"answer", answer},
		{"thread", []row{{{"user", question}}, {{"chatbot", answer}}}}}.writeTo(&b)
	return http.StatusOK, b.Bytes()
}

// picture answers for a chart.
func picture(a *ask, _ *http.Request) (int, []byte) {
	var b bytes.Buffer
	row{{"success", true}, {"message", success}, {"chartUrl", "https://charts.example.com/" + a.route.name + ".png"}}.writeTo(&b)
	return http.StatusOK, b.Bytes()
}
