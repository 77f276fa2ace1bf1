package binancetest

import (
	"fmt"
	"net/http"
	"strings"
)

// A Fault answers in place of the server.
type Fault func(http.ResponseWriter, *http.Request)

// Status answers with a status and a body.
func Status(status int, body string) Fault {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// Refused answers with a status, a Retry-After, if it is not empty, and a message.
func Refused(status int, after, message string) Fault {
	return func(w http.ResponseWriter, _ *http.Request) {
		if after != "" {
			w.Header().Set("Retry-After", after)
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"code":-1003,"msg":%q}`, message)
	}
}

// Later answers 429 or 418 with a Retry-After in seconds.
func Later(status, seconds int) Fault {
	return Refused(status, fmt.Sprint(seconds), "Too much request weight used; current limit is 6000 request weight per 1 MINUTE.")
}

// hang answers nothing until the other side gives up.
func hang(w http.ResponseWriter, r *http.Request) {
	_, _ = w.Write([]byte("[["))
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// cut ends the connection in the middle of an answer.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte("[[16094592"))
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// large answers with more than any client should read.
func large(w http.ResponseWriter, r *http.Request) {
	chunk := []byte(strings.Repeat(" ", 1<<20))
	for r.Context().Err() == nil {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

const page = "<!DOCTYPE html><html><body>Attention Required!</body></html>"

// Faults are what venues and what lies between do, by name.
var Faults = map[string]Fault{
	"429":      Later(http.StatusTooManyRequests, 7),
	"418":      Later(http.StatusTeapot, 120),
	"ban":      Later(http.StatusTeapot, 3*86400),
	"500":      Status(http.StatusInternalServerError, `{"code":-1001,"msg":"Internal error; unable to process your request. Please try again."}`),
	"503":      Status(http.StatusServiceUnavailable, page),
	"403":      Status(http.StatusForbidden, page),
	"451":      Status(http.StatusUnavailableForLegalReasons, `{"code":0,"msg":"Service unavailable from a restricted location"}`),
	"400":      Status(http.StatusBadRequest, `{"code":-1100,"msg":"Illegal characters found in parameter 'symbol'."}`),
	"html":     Status(http.StatusOK, page),
	"null":     Status(http.StatusOK, "null"),
	"object":   Status(http.StatusOK, `{"code":0}`),
	"short":    Status(http.StatusOK, `[[1609459200000,"1","2","0.5"`),
	"types":    Status(http.StatusOK, `[["x",1,2,3,4,5,6,7,8,9,10,11]]`),
	"nan":      Status(http.StatusOK, `[[1609459200000,"NaN","2","0.5","1","1",1609459259999,"0",1,"0","0","0"]]`),
	"number":   Status(http.StatusOK, `[[1e300,"1","2","0.5","1","1",1609459259999,"0",1,"0","0","0"]]`),
	"nothing":  Status(http.StatusOK, ""),
	"cut":      cut,
	"hang":     hang,
	"large":    large,
	"redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) },
}
