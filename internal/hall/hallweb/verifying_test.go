package hallweb_test

import (
	"net/http"
	"testing"

	"github.com/unionhall/unionhall/internal/hall"
)

func TestVerifyingAnEnterpriseOnThePages(t *testing.T) {
	s := open(t)
	clerk := s.as(t, s.A.Clerk)
	firm, licence := "/console/enterprises/"+s.A.Enterprise.ID, hall.LicenceFrom("91350100MA2XN0021")
	clerk.get(firm).want(t, 200, "还没有干部对照营业执照核验", "核验企业").without(t, "已核验")
	clerk.get(firm+"/verify").want(t, 200, "核验"+s.A.Enterprise.Name)
	clerk.post(firm+"/verify").want(t, http.StatusUnprocessableEntity)
	clerk.post(firm+"/verify", "state", "verified", "licence", "91350100O").want(t, http.StatusUnprocessableEntity, "没有“O”")
	clerk.post(firm+"/verify", "state", "refused").want(t, http.StatusUnprocessableEntity, "请填写此项")
	clerk.post(firm+"/verify", "state", "verified", "licence", licence).leads(t, firm)
	clerk.get(firm).want(t, 200, "已核验", s.A.Clerk.Name)
	clerk.post(firm+"/verify", "state", "verified", "licence", "91100000100003962T").want(t, http.StatusUnprocessableEntity, "与登记的统一社会信用代码不一致")
	clerk.get(firm+"/verify").want(t, 200).without(t, licence) // it is to be read from the document
	clerk.get("/console/enterprises").want(t, 200, "已核验")
	auditor := s.as(t, s.A.Auditor)
	auditor.get(firm).want(t, 200, "已核验").without(t, "/verify")
	auditor.post(firm+"/verify", "state", "refused", "reason", "x").want(t, http.StatusForbidden)
	clerk.post(firm+"/verify", "state", "refused", "reason", "执照已注销").leads(t, firm)
	clerk.get(firm).want(t, 200, "未通过核验", "执照已注销").without(t, "已核验")
	clerk.get("/console/audits").want(t, 200, "核验企业未通过 · 执照已注销")
	clerk.tag = "en"
	clerk.get(firm).want(t, 200, "Not verified", "Verify enterprise")
}
