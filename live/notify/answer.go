package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// longestWait bounds what a service may ask to wait.
const longestWait = time.Hour

// A refusal is an answer that is not yes.
type refusal struct {
	status int
	words  string        // of the service
	after  time.Duration // when to ask again; 0: nobody said
}

// Error says what the service answered.
func (r *refusal) Error() string {
	text := fmt.Sprintf("http %d", r.status)
	if r.words != "" {
		text += ": " + r.words
	}
	return text
}

// lasting reports whether the same message would be refused again.
func (r *refusal) lasting() bool {
	return r.status >= 300 && r.status < 500 && r.status != http.StatusTooManyRequests && r.status != http.StatusRequestTimeout
}

// judge reads an answer.
func judge(a *http.Response, now time.Time) error {
	if a.StatusCode >= 200 && a.StatusCode < 300 {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(a.Body, 4096)) //nothing more is known where it breaks off
	r := &refusal{status: a.StatusCode, words: strings.TrimSpace(string(body)), after: header(a.Header.Get("Retry-After"), now)}
	var said struct {
		Description string  `json:"description"` // of Telegram
		Message     string  `json:"message"`     // of Discord
		RetryAfter  float64 `json:"retry_after"` // of Discord, in seconds
		Parameters  struct {
			RetryAfter float64 `json:"retry_after"` // of Telegram, in seconds
		} `json:"parameters"`
	}
	if json.Unmarshal(body, &said) == nil {
		if words := said.Description + said.Message; words != "" {
			r.words = words
		}
		r.after = max(r.after, seconds(said.RetryAfter), seconds(said.Parameters.RetryAfter))
	}
	r.words = trim(r.words)
	if len(r.words) > 200 {
		r.words = strings.ToValidUTF8(r.words[:200], "") + "…"
	}
	return r
}

// header reads a Retry-After: seconds or a date.
func header(text string, now time.Time) time.Duration {
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return seconds(n)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(0, at.Sub(now)), longestWait)
	}
	return 0
}

func seconds(n float64) time.Duration {
	if !(n > 0) {
		return 0
	}
	return time.Duration(min(n, longestWait.Seconds()) * float64(time.Second))
}

// bare is an error without the address, which holds a key.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
