"""Pages of 五级分类."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from common.http import today
from parties.web import person, submit

from ..forms import GradeForm
from ..pages import grades as page
from ..pages.loans import visible_loan
from ..selectors.grades import grade_state
from ..services.grades import enter_grade


@login_required
def enter(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_loan(person(request), pk)
    return submit(
        request,
        GradeForm(request.POST or None, initial={"from_on": today()}),
        enter_grade,
        action="grade.enter",
        values={"loan": row},
        template="components/form_page.html",
        context={
            "title": "登记五级分类",
            "submit": "登记",
            "back": row.get_absolute_url(),
            "hints": page.hints(row, grade_state(row, today())),
        },
        success=lambda grading: page.told(grade_state(grading.loan, today())),
        redirect_to=row.get_absolute_url(),
    )
