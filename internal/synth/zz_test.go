package synth
import ("testing";"bytes";"context";"os";"sort";"time"
"github.com/xuri/excelize/v2"
"gonggu/internal/intake";"gonggu/internal/pack";"gonggu/internal/assess")
func TestZZ(t *testing.T){
 p,comp:=pack.Load(os.DirFS("../../packs/shenqiu-2022"))
 if p==nil {t.Fatal(comp)}
 t.Log("complaints",len(comp))
 c:=shenqiu(t,20000,2022)
 m,err:=intake.FromPack(p.Imports,p.Facts,p.Codes); if err!=nil{t.Fatal(err)}
 var as []intake.Area
 for _,a:=range areas(t){as=append(as,intake.Area{Code:a.Code,Name:a.Name})}
 for _,v:=range c.Villages(){for _,g:=range v.GroupList(){as=append(as,intake.Area{Code:g.Code,Name:g.Name})}}
 in,err:=intake.New(m,intake.NewPlaces(as),intake.Options{Today:"2022-09-10"}); if err!=nil{t.Fatal(err)}
 for _,mode:=range []string{"clean","faults","roster"} {
 f:=excelize.NewFile(); sw,_:=f.NewStreamWriter("Sheet1"); n:=0
 w:=func(r []string)error{ n++; row:=make([]any,len(r)); for i,x:=range r{ if x!=""{row[i]=x}}; cell,_:=excelize.CoordinatesToCellName(1,n); return sw.SetRow(cell,row)}
 var fs []Fault
 switch mode { case "faults": fs,err=c.PlantFaults(9,400).Export(ExportOptions{Spelling:Full,Area:"411624102"},w)
  case "clean": err=c.Export(ExportOptions{Area:"411624102"},w)
  case "roster": err=c.Roster("411624102",w) }
 if err!=nil{t.Fatal(err)}
 sw.Flush(); var b bytes.Buffer; f.Write(&b)
 run,err:=in.Open(context.Background(),intake.Source{Name:"a.xlsx",R:bytes.NewReader(b.Bytes()),Size:int64(b.Len())}); if err!=nil{t.Fatal(err)}
 k:=0
 byRow:=map[int]string{}
 sum,err:=run.Read(context.Background(),func(h *intake.Household)error{k++;return nil},func(f intake.Fault)error{byRow[f.Row]+=f.Code+"("+f.Column+") "; if mode!="faults"&&len(byRow)<12{t.Log(f.Code,f.Row,f.Column,f.Value)}; return nil})
 t.Log(mode,sum,err,n)
 for _,x:=range fs{t.Log(x.Kind,x.Row,x.Column,"=>",byRow[x.Row])}
 }
 e,err:=assess.Compile(p); if err!=nil{t.Fatal(err)}
 type S=map[string]int
 rec,tru:=S{},S{}; hhDoubt,hhProb,agree,onlyT,onlyR,hh:=0,0,0,0,0,0; faults:=0
 st:=time.Now()
 vf:=map[string]map[string]any{}
 for h:=range c.HouseholdsIn("4116241"){
  if h.Ordinal%5!=0{continue}
  hh++
  to:=func(as []Answer)map[string]any{m:=map[string]any{};for _,a:=range as{m[a.Code]=a.Value};return m}
  v:=vf[h.Village]; if v==nil{v=to(c.VillageFacts(h.Village));vf[h.Village]=v}
  rh:=map[string]any{}; for _,f:=range householdFacts{if x:=f.value(h);x!=nil{rh[f.code]=x}}
  var rm []map[string]any
  for i:=range h.Members{q:=map[string]any{};for _,f:=range personFacts{if x:=f.value(&h.Members[i]);x!=nil{q[f.code]=x}};rm=append(rm,q)}
  o:=e.Household("2022-09-16",rh,rm,v)
  faults+=len(o.Faults)
  if len(o.Faults)>0&&faults<4{t.Log(o.Faults)}
  d:=0; for _,r:=range o.Doubts{if r.Rule=="data-able-no-labour"&&rec["d data-able-no-labour"]<6{p:=h.Members[r.Member];t.Log(p.Age,p.School,p.Labour,p.Health,p.destined,p.Relation,r.Say)}}
  for _,r:=range o.Doubts{rec["d "+r.Rule]++;d++};for _,r:=range o.Problems{rec["p "+r.Rule]++}
  if d>0{hhDoubt++}
  w:=c.Truth(h)
  var tm []map[string]any; for i:=range w.Members{tm=append(tm,to(w.Members[i].facts))}
  o=e.Household("2022-09-16",to(w.facts),tm,v)
  pr:=0
  for _,r:=range o.Doubts{tru["d "+r.Rule]++};for _,r:=range o.Problems{tru["p "+r.Rule]++;pr++}
  if pr>0{hhProb++}
  switch {case pr>0&&len(w.Problems)>0:agree++; case pr>0:onlyR++; if onlyR<6{t.Log("only rules",o.Problems[0].Rule,o.Problems[0].Say)}; case len(w.Problems)>0:onlyT++; if onlyT<6{t.Log("only truth",w.Problems,h.Kind,h.Monitor.Kind)}}
 }
 t.Log(hh,"record doubts hh",hhDoubt,"truth problem hh",hhProb,"agree",agree,"onlyRules",onlyR,"onlyTruth",onlyT,"faults",faults,time.Since(st))
 for n,s:=range map[string]S{"record":rec,"truth":tru}{var ks []string;for x:=range s{ks=append(ks,x)};sort.Strings(ks);for _,x:=range ks{t.Log(n,x,s[x])}}
}
