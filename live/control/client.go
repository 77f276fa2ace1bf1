package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// Client asks the server of a session.
type Client struct {
	where string // for errors
	base  string
	token market.Secret
	http  *http.Client
}

// ErrNobody says that no session listens there.
var ErrNobody = errors.New("no session listens there")

// SocketClient asks through a Unix socket.
func SocketClient(path string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	return newClient(path, "http://localhost", market.Secret{}, dial)
}

// AddressClient asks over TCP, with a token: at host:port of this machine, since the token is
// sent as it is.
func AddressClient(address string, token market.Secret) (*Client, error) {
	host, port, err := net.SplitHostPort(address)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 {
		return nil, &market.Error{Class: market.Usage, Where: address, Err: errors.New("this is no address"), Hint: "write host and port: 127.0.0.1:8640"}
	}
	if !loopbackHost(host) {
		return nil, &market.Error{
			Class: market.Usage, Where: address, Err: errors.New("this is no address of this machine, and the token would cross the network unencrypted"),
			Hint: "reach it through an SSH tunnel: 'ssh -N -L " + port + ":127.0.0.1:" + port + " USER@HOST', and --address 127.0.0.1:" + port,
		}
	}
	return newClient(address, "http://"+net.JoinHostPort(host, port), token, (&net.Dialer{Timeout: 5 * time.Second}).DialContext), nil
}

func newClient(where, base string, token market.Secret, dial func(context.Context, string, string) (net.Conn, error)) *Client {
	transport := &http.Transport{DialContext: dial, DisableKeepAlives: true} // no proxy: the token stays on this machine
	return &Client{where, base, token, &http.Client{
		Transport: transport, Timeout: (tellTimeout + 15) * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// maxAnswer bounds what a server may answer, in bytes.
const maxAnswer = 16 << 20

// Get asks for a view, such as "/v1/status", and returns it as the server wrote it. Errors
// wrap ErrNobody where nobody listens, and a *Problem where the server refused.
func (c *Client) Get(ctx context.Context, path string) (json.RawMessage, error) {
	return c.ask(ctx, http.MethodGet, path, nil)
}

// Post gives a command, such as "/v1/kill".
func (c *Client) Post(ctx context.Context, path string, o Order) (json.RawMessage, error) {
	body, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	return c.ask(ctx, http.MethodPost, path, body)
}

func (c *Client) ask(ctx context.Context, method, path string, body []byte) (json.RawMessage, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, &market.Error{Class: market.Usage, Where: c.where, Err: errors.New("this is no address"), Hint: "write host and port: 127.0.0.1:8640"}
	}
	r.Header.Set("Content-Type", "application/json")
	if c.token.Set() {
		r.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, c.unheard(ctx, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	switch {
	case err != nil:
		return nil, c.unheard(ctx, err)
	case answer.StatusCode != http.StatusOK:
		return nil, c.refused(answer, text)
	case !json.Valid(text):
		return nil, &market.Error{Class: market.Venue, Where: c.where, Err: errors.New("what listens there answers no JSON"), Hint: "it may be another program: see [daemon]"}
	}
	return text, nil
}

// unheard is the error of a request that got no answer.
func (c *Client) unheard(ctx context.Context, err error) error {
	e := &market.Error{Class: market.Venue, Where: c.where, Hint: "the session may be busy or gone; see its log"}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED):
		e.Err, e.Hint = ErrNobody, "start one with 'signalman run', or name its directory with --data, its --socket or its --address"
	case errors.Is(err, fs.ErrPermission):
		e.Err, e.Hint = errors.New("the socket belongs to somebody else"), "ask as the user that runs the session"
	default:
		e.Err = fmt.Errorf("no answer: %s", strings.TrimPrefix(err.Error(), "Get "))
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			e.Err = errors.New("no answer in time")
		}
	}
	return e
}

// refused makes an error of an answer that is none.
func (c *Client) refused(answer *http.Response, text []byte) error {
	p := &Problem{}
	if json.Unmarshal(text, p) != nil || p.Detail == "" {
		p = problem(answer.StatusCode, "what listens there may be another program: see [daemon]", "it answers "+answer.Status)
	}
	e := &market.Error{Class: market.Venue, Err: p, Hint: p.Hint}
	switch {
	case p.Status == http.StatusConflict:
		e.Class = market.Failed
	case p.Status < http.StatusInternalServerError:
		e.Class = market.Usage
	}
	return e
}
