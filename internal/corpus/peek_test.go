package corpus_test
import ("testing";"fmt";"os";"strings";"github.com/sessiondex/sessiondex/internal/corpus")
func TestPeek(t *testing.T){
 f,_:=os.Create("/tmp/peek/t.txt")
 voc:=map[string]int{}; n,bytes:=0,0; extra:=0
 for s:=range corpus.Sessions(corpus.Options{N:200000,Seed:1}) {
  n++; bytes+=min(len(s.Title),5000); extra+=len(s.Extra)
  for _,w:=range strings.Fields(strings.ToLower(s.Title)) { voc[w]++ }
  if n%100==0 { fmt.Fprintf(f,"%q %s %s %s\n",s.Title[:min(len(s.Title),300)],s.State,s.CreatedAt.Format("2006-01-02T15:04:05.999999999"),s.AppID) }
  if n%5000==0 {fmt.Fprintf(f,"%+v\n",s)}
 }
 fmt.Println(n,"mean",float64(bytes)/float64(n),"voc",len(voc),"extra",extra/n)
}
func BenchmarkSessions(b *testing.B){ n:=0; for range corpus.Sessions(corpus.Options{N:b.N,Seed:1}) {n++} }
func BenchmarkNoExtra(b *testing.B){ n:=0; for range corpus.Sessions(corpus.Options{N:b.N,Seed:1,OmitExtra:true}) {n++} }
