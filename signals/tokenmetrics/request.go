package tokenmetrics

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

const (
	userAgent = "signalman (+https://github.com/signalman-trading/signalman)"
	mostBody  = 32 << 20 // bytes of an answer, unzipped
	excerpt   = 512      // bytes of an answer in an error
)

// An answer is one that came with success.
type answer struct {
	*envelope
	raw      []byte
	received market.Time
	fault    error // what ends its rows; they are good
	warnings warnings

	synthetic bool // of a stand-in
}

// ask sends one question; page is left out where it is negative.
func (c *Client) ask(ctx context.Context, q question, page int, body []byte) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	values := maps.Clone(q.values)
	if page >= 0 {
		values.Set(c.name("page"), fmt.Sprint(page))
	}
	var content io.Reader // nil for GET: calls that are alike are shared by what is below
	if body != nil {
		content = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, q.endpoint.method(), c.address(q.endpoint, values), content)
	if err != nil {
		return nil, c.failed(q.endpoint, err)
	}
	req.Header.Set(c.settings.Header, c.key.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Accept-Encoding", "gzip") // and so unzipped here, within its bound
	req.Header.Set("User-Agent", userAgent)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.failed(q.endpoint, err)
	}
	defer res.Body.Close()
	return c.receive(q.endpoint, res)
}

func (c *Client) address(e *endpoint, values url.Values) string {
	address := c.settings.BaseURL + "/" + e.path
	if len(values) > 0 {
		address += "?" + values.Encode()
	}
	return address
}

// failed makes a fault of a call that brought no answer. A fault of the transport, such as
// a budget that is used up, is kept.
func (c *Client) failed(e *endpoint, err error) error {
	var f *signals.Fault
	if errors.As(err, &f) {
		known := *f
		if known.Endpoint == "" {
			known.Endpoint = e.path
		}
		return &known
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // without the address
	}
	if text := err.Error(); strings.Contains(text, c.key.Reveal()) {
		err = errors.New(strings.ReplaceAll(text, c.key.Reveal(), "***"))
	}
	return &signals.Fault{Kind: signals.ErrRetry, Endpoint: e.path, Err: err}
}

// receive reads an answer and decides whether it is one.
func (c *Client) receive(e *endpoint, res *http.Response) (*answer, error) {
	now := c.now()
	body, err := readBody(res)
	body = bytes.ReplaceAll(body, []byte(c.key.Reveal()), []byte("***"))
	if f := signals.StatusFault(e.path, res.StatusCode, res.Header, body[:min(len(body), excerpt)], now); f != nil {
		return nil, f
	}
	if err != nil && !errors.Is(err, errBody) {
		return nil, c.failed(e, err)
	}
	if err == nil {
		err = checkType(res.Header.Get("Content-Type"), unmarked(body))
	}
	if err != nil {
		return nil, malformed(e, res.StatusCode, err, body)
	}
	a := &answer{raw: body, received: market.TimeOf(now), synthetic: signals.IsSynthetic(res.Header)}
	a.envelope, a.fault = parseEnvelope(unmarked(body))
	if a.success != nil && !*a.success {
		err := fmt.Errorf("it says success: false, %.200q", a.message)
		return nil, &signals.Fault{Kind: signals.ErrRefused, Endpoint: e.path, Status: res.StatusCode, Err: err, Hint: "check the parameters and the plan"}
	}
	if a.success == nil && a.fault == nil {
		a.warnings.add(0, "success", errors.New("is not said"))
	}
	if a.fault != nil {
		a.fault = malformed(e, res.StatusCode, a.fault, body)
	}
	return a, nil
}

// errBody marks bodies that cannot be understood, rather than ones that did not come.
var errBody = errors.New("the body")

// readBody reads a body, unzipped, as far as it may go.
func readBody(res *http.Response) ([]byte, error) {
	var r io.Reader = res.Body
	switch coding := res.Header.Get("Content-Encoding"); coding {
	case "", "identity":
	case "gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, fmt.Errorf("%w is no gzip: %w", errBody, err)
		}
		r = z
	default:
		return nil, fmt.Errorf("%w is encoded as %.40q, which was not asked for", errBody, coding)
	}
	body, err := io.ReadAll(io.LimitReader(r, mostBody+1))
	switch {
	case len(body) > mostBody:
		return body[:excerpt], fmt.Errorf("%w has more than %d MiB", errBody, mostBody>>20)
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader):
		return body, fmt.Errorf("%w is damaged: %w", errBody, err)
	}
	return body, err
}

// unmarked returns a body without the mark of its encoding.
func unmarked(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\ufeff")) }

// checkType refuses what does not call itself JSON, nor is JSON that calls itself text.
func checkType(header string, body []byte) error {
	kind, _, err := mime.ParseMediaType(header)
	switch {
	case header == "", err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json")):
		return nil
	case err == nil && kind == "text/plain" && json.Valid(body):
		return nil
	}
	return fmt.Errorf("it is %.60q and no JSON", header)
}

// malformed makes a fault of an answer that makes no sense, with its beginning.
func malformed(e *endpoint, status int, err error, body []byte) error {
	if body = bytes.TrimSpace(body); len(body) > 0 {
		err = fmt.Errorf("%w; it begins %q", err, body[:min(len(body), excerpt)])
	}
	return &signals.Fault{Kind: signals.ErrMalformed, Endpoint: e.path, Status: status, Err: err,
		Hint: "the API may have changed, or something stands between: its rows before this are kept"}
}
