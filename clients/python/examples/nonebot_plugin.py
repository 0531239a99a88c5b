"""A plugin of NoneBot2 that keeps the directory of its bots, on any of the platforms that uninfo knows.

nonebot.load_plugin("nonebot_plugin")
"""

from __future__ import annotations

from nonebot import get_driver, on, require

require("nonebot_plugin_uninfo")

from nonebot_plugin_uninfo import Session, Uninfo  # noqa: E402

import chatapi.aio  # noqa: E402

PLATFORMS = {"QQClient": "qq", "Telegram": "telegram", "Discord": "discord", "Kaiheila": "kook", "Lark": "lark"}
recorder = chatapi.aio.Recorder()


def saw(session: Session) -> None:
    """A guild is what its channels are in; what is written in a channel is of that."""
    scene, user, member = session.scene, session.user, session.member
    place = scene if scene.is_private or scene.is_group or scene.is_channel else scene.parent or scene
    scope = str(getattr(session.scope, "value", session.scope))
    recorder.saw(
        platform=PLATFORMS.get(scope, scope),
        group_id=None if place.is_private else place.id,
        group_name=place.name,
        user_id=user.id,
        user_nickname=user.nick or user.name,
        user_cardname=member.nick if member else None,
        account=session.self_id,
    )


seen = on(priority=1, block=False)


@seen.handle()
async def _(session: Uninfo) -> None:
    saw(session)


get_driver().on_shutdown(recorder.close)
