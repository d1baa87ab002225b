package fold

import "testing"

func BenchmarkString(b *testing.B) {
	for name, s := range map[string]string{
		"ascii": "Review the Quarterly Report for Initech (v2)", "accents": "Überprüfe die Größe – Geschäftsführung",
		"cyrillic": "Исправить ошибку в компоненте Борис", "chinese": "昨晚的数据分析报告需要审查", "korean": "매출 보고서 작성 방법",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				String(s)
			}
		})
	}
}
