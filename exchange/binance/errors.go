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

	"github.com/adshao/go-binance/v2/common"

	"github.com/signalman-trading/signalman/market"
)

// ErrSymbol is what errors wrap about a symbol that the venue does not know.
var ErrSymbol = errors.New("the venue does not know the symbol")

// The venue's codes that are told apart.
const (
	codeSymbol   = -1121
	codeInterval = -1120
)

// A fault is what a failed attempt means for a request that changes nothing.
type fault struct {
	err   error
	hint  string
	again bool          // it may succeed when it is asked again
	pause time.Duration // that the venue asked for; 0: none
}

// error makes the error of a request that was sent n times.
func (f *fault) error(r request, n int) error {
	err := f.err
	if n > 1 {
		err = fmt.Errorf("%w (asked %d times)", err, n)
	}
	return &market.Error{Class: market.Venue, Where: "binance: " + r.what, Err: err, Hint: f.hint}
}

const (
	hintAddress = "check --base-url, and that no proxy answers instead of the venue"
	hintLater   = "try again later: what was stored is kept, and the same command goes on from there"
)

// faultOf tells what went wrong, by the answer and by what the library said of it.
func (p *Public) faultOf(a *answer, err error) *fault {
	if a.status >= http.StatusBadRequest {
		return p.refusal(a)
	}
	var elsewhere *url.Error
	if errors.As(err, &elsewhere) {
		err = elsewhere.Err // its text has the whole address
	}
	var name *net.DNSError
	switch {
	case errors.Is(err, errRedirect), errors.Is(err, errLarge):
		return &fault{err: err, hint: hintAddress}
	case errors.Is(err, context.DeadlineExceeded):
		return &fault{err: fmt.Errorf("no whole answer within %s", p.o.Timeout), hint: hintLater, again: true}
	case errors.As(err, &name), errors.Is(err, syscall.ECONNREFUSED):
		return &fault{err: err, hint: "check the network, and --base-url; candles come from files too: see 'signalman data import --help'", again: p.governor.answered()}
	case a.status != 0:
		return &fault{err: err, hint: hintAddress + "; or " + hintLater, again: true}
	}
	return &fault{err: err, hint: "check the network; " + hintLater, again: true}
}

// refusal tells what an answer with an error status means.
func (p *Public) refusal(a *answer) *fault {
	said := spoken(a.body)
	err := fmt.Errorf("the venue answers %d %s", a.status, http.StatusText(a.status))
	if said.IsValid() {
		err = fmt.Errorf("%w: %d %.200q", err, said.Code, said.Message)
	} else if len(a.body) > 0 {
		err = fmt.Errorf("%w: %s", err, start(a.body))
	}
	f := &fault{err: err, hint: hintLater}
	switch {
	case a.status == http.StatusTooManyRequests || a.status == http.StatusTeapot:
		f.again, f.pause = true, a.pause(p.clock())
		f.hint = fmt.Sprintf("the venue wants no request from this address for %s: wait that long, then run the same command again", f.pause.Round(time.Second))
	case a.status == http.StatusRequestTimeout || a.status >= http.StatusInternalServerError:
		f.again = true
	case a.status == http.StatusForbidden:
		f.hint = "the venue's firewall refuses this address: wait some minutes, and check --base-url"
	case a.status == http.StatusUnavailableForLegalReasons:
		f.hint = "the venue does not serve this place: for spot data use --base-url https://data-api.binance.vision, or fetch from files with --archive"
	case said.Code == codeSymbol:
		f.err, f.hint = fmt.Errorf("%w (%w)", ErrSymbol, err), "check how the venue writes it, and --market"
	case said.Code == codeInterval:
		f.hint = "choose another --interval"
	default:
		f.hint = hintAddress
	}
	return f
}

// spoken reads the venue's own words of an error.
func spoken(body []byte) (e common.APIError) {
	if json.Unmarshal(body, &e) != nil {
		return common.APIError{}
	}
	return e
}

// banned is how the message of a ban says its end, in milliseconds since 1970.
var banned = regexp.MustCompile(`banned until (\d{13})\b`)

// longest stands for a pause that is too long to be said.
const longest = 100 * 365 * 24 * time.Hour

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
