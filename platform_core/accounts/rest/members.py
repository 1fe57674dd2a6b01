"""`/api/v1/members/`: the people of the organisation and their roles."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.accounts import selectors
from platform_core.accounts.models import Membership
from platform_core.accounts.permissions import Role
from platform_core.accounts.services import members
from platform_core.web.api import ApiView, body_of, page


class NewMember(serializers.Serializer[Any]):
    """A person to add."""

    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(Role.values)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)


class NewRole(serializers.Serializer[Any]):
    """The role a member gets."""

    role = serializers.ChoiceField(Role.values)


class MemberList(ApiView):
    """All members."""

    required_permission = {"GET": "member.view", "POST": "member.manage"}
    answer_is_secret = True

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        """List the members, newest first."""
        return page(self, request, selectors.members(actor=self.actor), render)

    @extend_schema(request=NewMember, responses={201: dict})
    def post(self, request: Request) -> Response:
        """Add a person; who is new to the platform gets a temporary password, shown only now."""
        added = members.add_member(actor=self.actor, **body_of(request, NewMember))
        body = render(added.membership) | {"temporary_password": added.temporary_password}
        return Response(body, status=201)


class MemberDetail(ApiView):
    """One member."""

    required_permission = {
        "GET": "member.view",
        "PATCH": "member.manage",
        "DELETE": "member.manage",
    }

    @extend_schema(responses={200: dict})
    def get(self, request: Request, member_id: str) -> Response:
        """Show a member."""
        return Response(render(selectors.get_member(actor=self.actor, member_id=member_id)))

    @extend_schema(request=NewRole, responses={200: dict})
    def patch(self, request: Request, member_id: str) -> Response:
        """Change the role."""
        selectors.get_member(actor=self.actor, member_id=member_id)
        wanted = body_of(request, NewRole)
        return Response(
            render(members.change_role(actor=self.actor, member_id=member_id, **wanted))
        )

    @extend_schema(responses={204: None})
    def delete(self, request: Request, member_id: str) -> Response:
        """End the membership; the person's keys in this organisation are revoked."""
        members.remove_member(actor=self.actor, member_id=member_id)
        return Response(status=204)


class PasswordReset(ApiView):
    """`POST …/reset-password/`: for a member who lost theirs."""

    required_permission = {"POST": "member.manage"}
    answer_is_secret = True

    @extend_schema(request=None, responses={200: dict})
    def post(self, request: Request, member_id: str) -> Response:
        """Make a temporary password, shown only now; the person chooses their own at log-in."""
        reset = members.reset_password(actor=self.actor, member_id=member_id)
        return Response(render(reset.membership) | {"temporary_password": reset.temporary_password})


def render(membership: Membership) -> dict[str, Any]:
    """Return a member as the interface shows it."""
    return {
        "id": str(membership.pk),
        "email": membership.user.email,
        "name": membership.user.name,
        "role": membership.role,
        "created_at": membership.created_at.isoformat(),
    }
