# What is sent: mail and SMS.

mail-subject = تسجيل الدخول إلى { $company }
mail-header = تابع تسجيل دخولك
mail-body = طلبت أنت، أو شخص كتب عنوانك، من { $company } رابطًا لتسجيل الدخول. يصلح الرابط { $minutes ->
    [zero] لأقل من دقيقة
    [one] لدقيقة واحدة
    [two] لدقيقتين
    [few] لمدة { $minutes } دقائق
    [many] لمدة { $minutes } دقيقة
   *[other] لمدة { $minutes } دقيقة
  } ولمرة واحدة فقط.
mail-link = متابعة
mail-info-code = أو اكتب هذا الرمز في الصفحة التي طلبته: { $code }. لن يطلب منك أحد هذا الرمز أبدًا، لا على الهاتف ولا في رسالة. لا تقرأه لأحد.
mail-info = لن يطلب منك أحد هذا الرابط أبدًا. لا ترسله إلى أحد.
mail-footer = لم تطلب هذا؟ إذن لا تفعل شيئًا: لا يمكن لأحد الدخول من دون هذه الرسالة.

passkey-mail-subject = أُضيف مفتاح مرور إلى حسابك
passkey-mail-body = يمكنك الآن تسجيل الدخول إلى { $company } بالوجه أو البصمة أو قفل الشاشة.
passkey-mail-info = لم تكن أنت؟ اتصل فورًا بـ { $company }: { $number }.

sms-request = { $company }: افتح فقط إذا كنت تتحدث معنا الآن:
