package hallweb_test

import (
	"net/http"
	"testing"
)

func TestMovingAUnionOnThePages(t *testing.T) {
	s := open(t)
	top, page := s.as(t, s.Top), "/console/unions/"+s.A.Sub.ID+"/move"
	top.get("/console/unions?union="+s.A.Sub.ID).want(t, 200, "移动或合并")
	top.get(page).want(t, 200, "移动或合并"+s.A.Sub.Name.ZH, "移到另一个上级之下")
	top.get(page+"?how=move&q=市").want(t, 200, s.B.Union.Name.ZH).without(t, "into="+s.A.Union.ID)
	top.get(page+"?how=move&into="+s.B.Union.ID).want(t, 200, "确认移动", s.A.Lead.Name, s.B.Lead.Name, "将不再管辖的干部")
	top.get(page+"?how=move&into="+s.A.Union.ID).want(t, http.StatusUnprocessableEntity, "它已经在这个工会之下")
	top.post(page, "how", "move", "into", s.A.Sub.ID).want(t, http.StatusUnprocessableEntity, "不能移到它自己")

	lead := s.as(t, s.A.Lead) // of one of the two cities: above the county, and not above the other city
	lead.get(page).want(t, 200)
	lead.get(page+"?how=move&into="+s.B.Union.ID).want(t, http.StatusForbidden)
	lead.post(page, "how", "move", "into", s.B.Union.ID).want(t, http.StatusForbidden)
	lead.get("/console/unions/"+s.A.Union.ID+"/move").want(t, http.StatusForbidden)
	lead.get("/console/unions").without(t, "/move")
	s.as(t, s.A.Clerk).get(page).want(t, http.StatusForbidden)

	top.post(page, "how", "move", "into", s.B.Union.ID).leads(t, "/console/unions?union="+s.A.Sub.ID)
	lead.get("/console/unions?union="+s.A.Sub.ID).want(t, http.StatusForbidden)
	s.as(t, s.B.Lead).get("/console/unions?union="+s.A.Sub.ID).want(t, 200, s.A.Sub.Name.ZH)
	lead.get("/console/audits").want(t, 200, "移动工会")
	top.get(page).want(t, 200, "正在迁移")
	top.post("/console/unions/"+s.B.Sub.ID+"/move", "how", "merge", "into", s.A.Sub.ID).want(t, http.StatusConflict, "另一次移动或合并正在进行")
	top.tag = "en"
	top.get(page).want(t, 200, "Move or merge", "On its way")
}
