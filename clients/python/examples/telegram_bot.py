"""Keeps the directory of a Telegram bot, whose platform has no list of chats: `python telegram_bot.py TOKEN`."""

from __future__ import annotations

import sys
from typing import Any

from telegram import ChatMember, Message, Update
from telegram.ext import Application, ApplicationBuilder, ContextTypes, MessageHandler, TypeHandler, filters

import chatapi
import chatapi.aio

GONE = (ChatMember.LEFT, ChatMember.BANNED)
recorder = chatapi.aio.Recorder()
client = chatapi.aio.Client()


async def see(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    chat, user, change = update.effective_chat, update.effective_user, update.my_chat_member
    if chat is None or (change and change.new_chat_member.status in GONE):
        return
    message = update.effective_message
    recorder.saw(
        platform="telegram",
        group_id=None if chat.type == chat.PRIVATE else chat.id,
        group_name=chat.title,
        user_id=user.id if user else None,
        user_nickname=user.full_name if user else None,
        at=change.date if change else message.date if isinstance(message, Message) else None,
    )


async def follow_migration(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """A group that becomes a supergroup changes its id: what is known of the one is of the other from then on."""
    message = update.effective_message
    if message is None or message.migrate_to_chat_id is None:
        return
    old = await client.open_stream(platform="telegram", group_id=str(message.chat_id))
    new = await client.open_stream(platform="telegram", group_id=str(message.migrate_to_chat_id))
    if old.stream.stream_id != new.stream.stream_id:
        await client.merge_streams(old.stream.stream_id, new.stream.stream_id)


async def stop(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
    await recorder.close()
    await client.close()


def main(token: str, api: str = "https://api.telegram.org/bot") -> None:
    application = ApplicationBuilder().token(token).base_url(api).post_shutdown(stop).build()
    application.add_handler(TypeHandler(Update, see), group=-1)
    application.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, follow_migration))
    application.run_polling(allowed_updates=Update.ALL_TYPES)


if __name__ == "__main__":
    main(*sys.argv[1:])
