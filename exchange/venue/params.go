package venue

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// param is a parameter as it was sent, decoded.
type param struct{ name, value string }

// params are the parameters of a request, in the order in which they were sent; those of the
// query hide those of the body.
type params []param

// parseParams reads what stands between & and &.
func parseParams(raw string) (list params, bad *refusal) {
	for raw != "" {
		var part string
		part, raw, _ = strings.Cut(raw, "&")
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		n, err1 := url.QueryUnescape(name)
		v, err2 := url.QueryUnescape(value)
		if err1 != nil || err2 != nil {
			return nil, errIllegal(name, "%XX")
		}
		if slices.ContainsFunc(list, func(p param) bool { return p.name == n }) {
			return nil, errDuplicates
		}
		list = append(list, param{n, v})
	}
	return list, nil
}

// get returns a parameter, and whether it was sent.
func (p params) get(name string) (string, bool) {
	for i := range p {
		if p[i].name == name {
			return p[i].value, true
		}
	}
	return "", false
}

// rename gives parameters other names: pairs of the old and the new one, in order.
func (p params) rename(pairs ...string) {
	for k := 0; k < len(pairs); k += 2 {
		for i := range p {
			if p[i].name == pairs[k] {
				p[i].name = pairs[k+1]
			}
		}
	}
}

// The getters of a call keep the first thing that is wrong in bad: an endpoint reads all
// that it needs, and asks once.

// reject keeps a refusal, unless there is one already.
func (c *call) reject(r *refusal) {
	if c.bad == nil {
		c.bad = r
	}
}

// sent reports whether a parameter was sent.
func (c *call) sent(name string) bool {
	_, ok := c.params.get(name)
	return ok
}

// text returns a parameter that may be left out, but not be empty; "" where it was.
func (c *call) text(name string) string {
	s, ok := c.params.get(name)
	if ok && s == "" {
		c.reject(errEmpty(name))
	}
	return s
}

// need returns a parameter that must be sent.
func (c *call) need(name string) string {
	s, _ := c.params.get(name)
	if s == "" {
		c.reject(errMandatory(name))
	}
	return s
}

// symbol returns the instrument that the parameter symbol names; nil with c.bad set.
func (c *call) symbol() *book {
	name := c.need("symbol")
	if c.bad != nil {
		return nil
	}
	if !legalSymbol.MatchString(name) {
		c.reject(errIllegal("symbol", legalSymbol.String()))
		return nil
	}
	if b := c.side.bySymbol[name]; b != nil {
		c.side.refresh(b)
		return b
	}
	c.reject(errSymbol)
	return nil
}

// integer returns a whole number that may be left out: then it is the default.
func (c *call) integer(name string, otherwise int64) int64 {
	s := c.text(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		c.reject(errIllegal(name, `^[0-9]{1,20}$`))
	}
	return n
}

// limit returns the parameter limit, from 1 to most.
func (c *call) limit(otherwise, most int64) int {
	n := c.integer("limit", otherwise)
	if n < 1 {
		c.reject(errData("limit"))
	}
	return int(min(max(n, 1), most))
}

// flag returns true or false; false where it was left out.
func (c *call) flag(name string) bool {
	switch s := c.text(name); strings.ToLower(s) {
	case "true":
		return true
	case "", "false":
	default:
		c.reject(errData(name))
	}
	return false
}

// maxDigits bounds the decimals that are read: no amount has more.
const maxDigits = 40

// amount returns a decimal that may be left out, and is at least 0; 0 where it was.
func (c *call) amount(name string) decimal.Decimal {
	s := c.text(name)
	if s == "" {
		return decimal.Zero
	}
	whole, part, dot := strings.Cut(s, ".")
	if len(s) > maxDigits || whole == "" || dot && part == "" || strings.Trim(whole+part, "0123456789") != "" {
		c.reject(errIllegal(name, `^([0-9]{1,20})(\.[0-9]{1,20})?$`))
		return decimal.Zero
	}
	d, err := decimal.NewFromString(s)
	if err != nil {
		c.reject(errData(name))
	}
	return d
}
