package control

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
)

// Problem is an error of the API, as RFC 9457 has it, with what to do next.
type Problem struct {
	Type   string              `json:"type" doc:"always about:blank: title says it" example:"about:blank"`
	Title  string              `json:"title" doc:"the name of the status" example:"Unprocessable Entity"`
	Status int                 `json:"status" doc:"of HTTP" example:"422"`
	Detail string              `json:"detail" doc:"what is wrong" example:"no strategy is named btc_trnd"`
	Hint   string              `json:"hint,omitempty" doc:"what to do next" example:"name one of btc_trend, grades, or leave scope out"`
	Errors []*huma.ErrorDetail `json:"errors,omitempty" doc:"each fault of a request that is not valid"`
}

// Error says what is wrong.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the status of HTTP.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is how huma names the form of a body that is an error.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

func problem(status int, hint, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Hint: hint}
}

// write answers a request with the problem.
func (p *Problem) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p) // who does not listen is not told
}

// problemOf makes a problem of what a session answered.
func problemOf(err error) *Problem {
	var p *Problem
	var e *market.Error
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, live.ErrEnded):
		return problem(http.StatusServiceUnavailable, "begin it again with 'signalman run'", "the session has ended")
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled):
		return problem(http.StatusGatewayTimeout, "a command that it was given may still be obeyed: look at /v1/halts", "the session did not answer in time")
	case errors.As(err, &e) && e.Class == market.Usage:
		return problem(http.StatusUnprocessableEntity, e.Hint, (&market.Error{Where: e.Where, Err: e.Err}).Error())
	case errors.As(err, &e):
		return problem(http.StatusInternalServerError, e.Hint, (&market.Error{Where: e.Where, Err: e.Err}).Error())
	}
	return problem(http.StatusInternalServerError, "", err.Error())
}

// hinted turns the errors that huma makes of requests into problems.
func hinted(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := problem(m.Status, "/openapi.json says what a request looks like", m.Detail)
	for _, e := range m.Errors {
		p.Errors = append(p.Errors, &huma.ErrorDetail{Message: e.Message, Location: e.Location}) // without the value: it may be long, or a key
	}
	return p, nil
}
