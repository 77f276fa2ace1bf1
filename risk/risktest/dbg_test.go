package risktest

import ("testing";"fmt";"strings"
"github.com/signalman-trading/signalman/risk/limit"
"github.com/signalman-trading/signalman/risk")
func TestDbg(t *testing.T){
 p:=limit.MaxOpenPlugin()
 s:=suite{plugin:p,set:func(r risk.Rule){r.(*limit.MaxOpen).Count=2},seed:9}
 tr:=s.trial(t,0)
 for _,l:=range tr.Log(){ if strings.HasPrefix(l,"39")||strings.HasPrefix(l,"38"){fmt.Println(l)}}
 for _,r:=range tr.Records{ if u:=r.Event.Update;u!=nil&&tr.Bar(r.Time)>=387{fmt.Println(tr.Bar(r.Time),r.Time,u.ID,u.State,u.Reason,u.Filled)}}
}
