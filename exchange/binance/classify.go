package binance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/adshao/go-binance/v2/common"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// A verdict is what a failed attempt means.
type verdict struct {
	*exchange.Fault
	again bool          // of a read: it may succeed when it is asked again at once
	pause time.Duration // that the venue asked for, of everybody; 0: none
}

// A judge knows what of a request its failure depends on.
type judge struct {
	what    string
	usdm    bool
	changes bool // the request changes something at the venue
	now     time.Time
	timeout time.Duration
}

// of tells what went wrong, by the answer and by what the library said of it. A request
// that changes nothing has no unknown outcome: it was not answered, and may be asked again.
func (j judge) of(a *answer, err error) verdict {
	v := verdict{Fault: &exchange.Fault{What: j.what, HTTP: a.status}}
	if a.status >= http.StatusBadRequest {
		j.refused(&v, a)
	} else {
		j.failed(&v, a, err)
	}
	if v.Kind == exchange.ErrUnknown && !j.changes {
		v.Kind = exchange.ErrUnavailable
	}
	return v
}

const (
	hintAddress = "check the address, and that no proxy answers instead of the venue"
	hintLater   = "try again later"
	hintAsk     = "it is found out by asking"
)

// failed judges a request that was not answered, or not in a way that can be read.
func (j judge) failed(v *verdict, a *answer, err error) {
	v.Kind, v.Err, v.Hint, v.again = exchange.ErrUnknown, bare(err), hintLater, true
	if j.changes {
		v.Hint = hintAsk
	}
	var name *net.DNSError
	switch {
	case errors.Is(err, errRedirect), errors.Is(err, errLarge):
		v.Hint, v.again = hintAddress, false
	case errors.As(err, &name), errors.Is(err, syscall.ECONNREFUSED), dialling(err), !a.sent:
		v.Kind, v.Hint = exchange.ErrUnavailable, "check the network, and the address"
		if errors.Is(err, context.DeadlineExceeded) {
			v.Err = fmt.Errorf("no connection within %s", j.timeout)
		}
	case errors.Is(err, context.DeadlineExceeded):
		v.Err = fmt.Errorf("no whole answer within %s", j.timeout)
	case errors.Is(err, context.Canceled):
		v.Err = errors.New("nobody waited for the answer") // the caller's context, which would say that nothing was sent
	case a.status != 0 && !j.changes:
		v.Hint = hintAddress + "; or " + hintLater
	}
}

// bare returns an error without the address that was asked, which has a signature in it.
func bare(err error) error {
	var elsewhere *url.Error
	if errors.As(err, &elsewhere) {
		return elsewhere.Err
	}
	return err
}

// dialling reports whether there was no connection yet.
func dialling(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// spoken reads the venue's own words of an error.
func spoken(body []byte) (e common.APIError) {
	if json.Unmarshal(body, &e) != nil {
		return common.APIError{}
	}
	return e
}

// refused judges an answer with an error status: by what the status says whatever the
// body is, else by the venue's code.
func (j judge) refused(v *verdict, a *answer) {
	said := spoken(a.body)
	v.Code = int(said.Code)
	switch {
	case said.IsValid():
		v.Err = errors.New(line(said.Message))
	case len(a.body) > 0:
		v.Err = errors.New(start(a.body))
	default:
		v.Err = errors.New(http.StatusText(a.status))
	}
	rule := j.rule(v.Code, said.Message)
	switch {
	case a.status == http.StatusTooManyRequests || a.status == http.StatusTeapot:
		j.slowDown(v, a, said.Message)
		return
	case a.status == http.StatusRequestTimeout || a.status >= http.StatusInternalServerError:
		if rule.kind != exchange.ErrUnavailable {
			rule = row{kind: exchange.ErrUnknown}
		}
		v.again = true
	case rule.kind == nil:
		rule = byStatus(a.status)
	}
	v.Kind, v.Hint, v.Fatal, v.Clock, v.Reason = rule.kind, rule.hint, rule.fatal, rule.clock, rule.reason
	if v.Hint == "" && v.Kind != exchange.ErrRejected && v.Kind != exchange.ErrNotFound {
		v.Hint = hintLater
		if v.Kind == exchange.ErrUnknown && j.changes {
			v.Hint = hintAsk
		}
	}
}

// line makes one line of what somebody else says, and not a long one.
func line(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, text)
	return fmt.Sprintf("%.200s", text)
}

// byStatus judges an answer whose body is not the venue's, or has a code nobody knows.
func byStatus(status int) row {
	switch status {
	case http.StatusForbidden:
		return row{kind: exchange.ErrUnavailable, hint: "the venue's firewall refuses this address: wait some minutes, and check the address"}
	case http.StatusUnavailableForLegalReasons:
		return row{kind: exchange.ErrUnavailable, fatal: true, hint: "the venue does not serve this place"}
	case http.StatusUnauthorized:
		return row{kind: exchange.ErrRejected, fatal: true, hint: "check the key"}
	case http.StatusNotFound, http.StatusGone:
		return row{kind: exchange.ErrRejected, fatal: true, hint: "the venue serves this no more, or is another one: " + hintAddress}
	}
	return row{kind: exchange.ErrRejected, hint: hintAddress}
}

// slowDown judges 429 and 418: nothing was taken. Too many orders stop orders alone.
func (j judge) slowDown(v *verdict, a *answer, message string) {
	v.Kind, v.again = exchange.ErrUnavailable, true
	if v.Code == codeOrders {
		v.Until = j.now.Add(interval(message))
		if s, err := strconv.ParseUint(strings.TrimSpace(a.retryAfter), 10, 16); err == nil && s > 0 {
			v.Until = j.now.Add(time.Duration(s) * time.Second)
		}
		v.Hint = "the account has too many orders that have not filled: send fewer"
		return
	}
	v.pause = a.pause(j.now)
	v.Until = j.now.Add(v.pause)
	v.Hint = fmt.Sprintf("the venue wants no request from this address for %s: wait that long, then try again", v.pause.Round(time.Second))
}

// orderLimit is how the venue says a limit on orders: "100 orders per 10 SECOND".
var orderLimit = regexp.MustCompile(`(?i)orders? per (\d{1,4} )?(second|minute|hour|day)`)

// interval reads over how long too many orders came; 10 s where it is not said.
func interval(message string) time.Duration {
	m := orderLimit.FindStringSubmatch(message)
	if m == nil {
		return 10 * time.Second
	}
	n, err := strconv.Atoi(strings.TrimSpace(m[1]))
	if err != nil || n < 1 {
		n = 1
	}
	return time.Duration(n) * units[strings.ToUpper(m[2])]
}

// units are the venue's words for the lengths of intervals.
var units = map[string]time.Duration{"SECOND": time.Second, "MINUTE": time.Minute, "HOUR": time.Hour, "DAY": 24 * time.Hour}

// A row is what a code means.
type row struct {
	kind   error // nil: the status decides
	fatal  bool
	clock  bool
	hint   string
	reason string // of an order update, where the engine acts on it
}

// The venue's codes that the code names.
const (
	codeWeight     = -1003
	codeFilter     = -1013
	codeOrders     = -1015
	codeTime       = -1021
	codeCharacter  = -1100
	codePrecision  = -1111
	codeInterval   = -1120
	codeSymbol     = -1121
	codeNewOrder   = -2010
	codeCancel     = -2011
	codeNoOrder    = -2013
	codeHalf       = -2021 // spot: cancel-replace; USD-M: a stop that would trigger
	codeBoth       = -2022 // spot: cancel-replace; USD-M: a position that is not reduced
	codeDuplicate  = -4116
	codePriceTick  = -4014
	codeStep       = -4023
	codeNoMargin   = -4046
	codeNoPosition = -4059
)

// rule returns what a code and its message mean.
func (j judge) rule(code int, message string) row {
	for _, m := range messages {
		if m.code == code && strings.Contains(message, m.text) {
			return m.row
		}
	}
	if j.usdm {
		if r, ok := futuresRows[code]; ok {
			return r
		}
	}
	return rows[code]
}

const (
	hintBug    = "this is a mistake of the program: report it with this line"
	hintKey    = "check key, secret and what the venue lets the key do from this address; nothing is traded before it is mended"
	hintFilter = "the order does not obey the venue's filters of now"
	hintFunds  = "the account has less than the order needs: fees and dust count"
)

var (
	rejected = row{kind: exchange.ErrRejected}
	mistake  = row{kind: exchange.ErrRejected, hint: hintBug}
	grid     = row{kind: exchange.ErrRejected, hint: hintFilter}
	unknown  = row{kind: exchange.ErrUnknown}
	badKey   = row{kind: exchange.ErrRejected, fatal: true, hint: hintKey}
	badClock = row{kind: exchange.ErrUnavailable, clock: true, hint: "the clocks disagree: keep this machine's by NTP; a local venue that runs fast outlives recvWindow, so give it a lower --speed"}
	notFound = row{kind: exchange.ErrNotFound}
	inUse    = row{kind: exchange.ErrRejected, hint: "leverage or margin type cannot change while the symbol has orders or a position: end them, or configure what the account has"}
	again    = row{kind: exchange.ErrUnknown, hint: "an order of that name is there already: " + hintAsk}
)

// messages are the codes that mean several things.
var messages = []struct {
	code int
	text string
	row
}{
	{codeNewOrder, "Duplicate order sent", again},
	{codeNewOrder, "insufficient balance", row{kind: exchange.ErrRejected, hint: hintFunds}},
	{codeNewOrder, "would trigger immediately", row{kind: exchange.ErrRejected, reason: market.WouldTrigger}},
	// Of two exits the venue says only that the price does not lie between them: it has met
	// one of them already.
	{codeNewOrder, "relationship of the prices", row{kind: exchange.ErrRejected, reason: market.WouldTrigger}},
	{codeNewOrder, "not permitted for this account", row{kind: exchange.ErrRejected, hint: "the account may not trade this symbol"}},
	{codeNewOrder, "action is disabled on this account", row{kind: exchange.ErrRejected, fatal: true, hint: "the venue has stopped the account: ask its support"}},
	{codeCancel, "cancel restrictions", rejected},
	{codeCharacter, "in parameter 'symbol", row{kind: exchange.ErrRejected, hint: "write symbols as the venue does, in capitals: BTCUSDT"}},
}

// rows are the codes of both markets.
var rows = map[int]row{
	-1000: unknown,
	-1001: unknown,
	-1006: unknown,
	-1007: unknown,
	-1008: unknown, // of spot: the reference does not say that it was not taken

	codeWeight: {kind: exchange.ErrUnavailable},
	codeOrders: {kind: exchange.ErrUnavailable},
	codeTime:   badClock,

	-1022: {kind: exchange.ErrRejected, fatal: true, hint: "the secret does not belong to the key, or is of another kind"},
	-2014: badKey,
	-2015: badKey,

	codeFilter:    grid,
	codePrecision: grid,
	-1014:         rejected,

	codeCharacter: mistake, -1102: mistake, -1104: mistake, -1105: mistake, -1106: mistake,
	-1115: mistake, -1116: mistake, -1117: mistake, -1128: mistake, -1130: mistake,
	codeInterval: {kind: exchange.ErrRejected, hint: "choose another interval"},
	codeSymbol:   {kind: exchange.ErrRejected, hint: "check how the venue writes it, and which market it is of"},

	codeNewOrder: rejected,
	codeCancel:   notFound,
	codeNoOrder:  notFound,
	-2026:        notFound,
	codeHalf:     {kind: exchange.ErrUnknown, hint: "one half of the replacement was done: " + hintAsk},
	codeBoth:     rejected,
	-2038:        {kind: exchange.ErrRejected, reason: market.AmendRejected},
	-2039:        mistake,
	-2035:        rejected, -2036: rejected, -2042: rejected, // of subscriptions
}

// futuresRows are those of USD-M, where they differ.
var futuresRows = map[int]row{
	-1008: {kind: exchange.ErrUnavailable, hint: "the venue is overloaded; what only reduces is exempt"},
	-1136: mistake,

	-2018: {kind: exchange.ErrRejected, hint: hintFunds},
	-2019: {kind: exchange.ErrRejected, hint: hintFunds},
	-2021: {kind: exchange.ErrRejected, reason: market.WouldTrigger},
	-2022: {kind: exchange.ErrRejected, hint: "there is no position that it would reduce"},
	-2025: rejected,
	-2027: {kind: exchange.ErrRejected, hint: "lower the leverage, or the position"},
	-2028: {kind: exchange.ErrRejected, hint: "the margin does not suffice for so low a leverage"},

	-4001: grid, -4003: grid, -4004: grid, -4005: grid, -4013: grid, codePriceTick: grid,
	-4016: grid, codeStep: grid, -4024: grid, -4131: grid, -4164: grid,
	-4015: mistake,
	-4045: rejected,
	-4061: {kind: exchange.ErrRejected, fatal: true, hint: "the account is in the other position mode: set one-way mode"},
	-4120: mistake,

	-4028: {kind: exchange.ErrRejected, hint: "configure a leverage that the venue has for the symbol"},
	-4047: inUse, -4048: inUse, -4161: inUse,
	-5025: rejected, -5027: rejected, // changes of orders

	codeNoMargin:   rejected, // nothing to change: who asks takes it for done
	codeNoPosition: rejected,
	codeDuplicate:  again,

	-5021: {kind: exchange.ErrRejected, reason: market.TimeInForce},
	-5022: rejected,
	-5028: badClock,
}

// banned is how the message of a ban says its end, in milliseconds since 1970.
var banned = regexp.MustCompile(`banned until (\d{13})\b`)

// longest is the longest pause that is believed: no ban lasts longer.
const longest = 3 * 24 * time.Hour

// pause is how long the venue wants to be left alone: by its Retry-After or the end of a
// ban that it speaks of, whichever is later, or to the end of the minute that it counts.
func (a *answer) pause(now time.Time) (d time.Duration) {
	text := strings.TrimSpace(a.retryAfter)
	if s, err := strconv.ParseUint(text, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		d = time.Duration(min(s, uint64(longest/time.Second))) * time.Second
	} else if t, err := http.ParseTime(text); err == nil {
		d = t.Sub(now)
	}
	if until := banned.FindSubmatch(a.body); until != nil {
		ms, _ := strconv.ParseInt(string(until[1]), 10, 64) // 13 digits are one
		d = max(d, time.UnixMilli(ms).Sub(now))
	}
	if d <= 0 {
		return time.Minute
	}
	return min(d, longest)
}
